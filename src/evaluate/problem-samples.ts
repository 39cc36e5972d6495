import { hostArray, type HostArray, sizeOf } from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { degrade, type Degraded, measurementOf, type Problem } from "../operators/index.js";
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
  /** Milliseconds a sample, compilation left out. */
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
  backend?: Backend | undefined;
}

/** How many samples the draw that compiles and warms the sampler makes, at least, where there are so many. */
const warmUpSamples = 512;

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
  const { samples, steps, seed, backend } = options;
  const engine = backend === undefined ? {} : { backend };
  const degraded = await degrade(problem, images, seed, engine);
  const draw = (observed: Degraded) =>
    samplePosterior(
      model,
      { aty: observed.transposed, problem: problem.class, measured: measurementOf(problem, observed) },
      { samples, steps, seed, ...engine },
    );
  await draw(firstObservations(degraded, Math.ceil(warmUpSamples / samples)));
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

function firstObservations({ observation, transposed, parameters }: Degraded, wanted: number): Degraded {
  const cut = Object.entries(parameters).map(([name, array]): [string, HostArray] => [name, firstRows(array, wanted)]);
  return {
    observation: firstRows(observation, wanted),
    transposed: firstRows(transposed, wanted),
    parameters: Object.fromEntries(cut),
  };
}

function firstRows({ shape: [count, ...rest], data }: HostArray, wanted: number): HostArray {
  const rows = Math.min(count, wanted);
  return hostArray(data.subarray(0, rows * sizeOf(rest)), [rows, ...rest]);
}
