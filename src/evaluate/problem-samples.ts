import { type HostArray } from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { degrade, type Degraded, firstObservations, measurementOf, type Problem } from "../operators/index.js";
import { samplePosterior, type VariationalFlowMap } from "../vfm/index.js";
import { limitToRange } from "./image-range.js";

/** Images, what was observed of them, and posterior samples: all that scores and reports of a problem are made from. */
export interface ProblemSamples {
  problem: Problem;
  /** The images that were degraded, [N, C, H, W]. */
  truth: HostArray;
  degraded: Degraded;
  /** [N, samples, C, H, W], limited to [-1, 1] as images are. */
  samples: HostArray;
  /** Evaluations of the flow map a sample. */
  evaluations: number;
  /** Milliseconds a sample; compilation is left out if something was drawn before. */
  msPerSample: number;
}

/** Options of `drawProblemSamples`. */
export interface ProblemSampleOptions {
  /** Samples an image. */
  samples: number;
  /** Evaluations of the flow map a sample. */
  steps: number;
  /** Fixes masks, kernels, observation noise and samples. */
  seed: number;
  /** How many samples are drawn before, at least, where there are so many, so that compilation is not timed. */
  warmUp?: number;
  backend?: Backend | undefined;
}

/**
 * Degrades images and draws posterior samples of each.
 *
 * @param images float32 [N, C, H, W], values in [-1, 1]
 * @throws ShapeError if the images have not the shape of the model's samples
 */
export async function drawProblemSamples(
  model: VariationalFlowMap,
  problem: Problem,
  images: HostArray,
  options: ProblemSampleOptions,
): Promise<ProblemSamples> {
  const { samples, steps, seed, warmUp = 512, backend } = options;
  const engine = backend === undefined ? {} : { backend };
  const degraded = await degrade(problem, images, seed, engine);
  const draw = (observed: Degraded) =>
    samplePosterior(
      model,
      { aty: observed.transposed, problem: problem.class, measured: measurementOf(problem, observed) },
      { samples, steps, seed, ...engine },
    );
  if (warmUp > 0) await draw(firstObservations(degraded, Math.ceil(warmUp / samples)));
  const start = performance.now();
  const drawn = await draw(degraded);
  const milliseconds = performance.now() - start;
  return {
    problem,
    truth: images,
    degraded,
    samples: limitToRange(drawn.samples),
    evaluations: drawn.evaluations,
    msPerSample: milliseconds / (images.shape[0] * samples),
  };
}
