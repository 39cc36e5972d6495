import { type HostArray } from "../array/index.js";
import { type PosteriorSampler } from "../baselines/index.js";
import { firstObservations, type Observation } from "../operators/index.js";
import { limitToRange } from "./image-range.js";

/** Images, what was observed of them, and posterior samples: all that scores and reports of a problem are made from. */
export interface ProblemSamples {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** [N, samples, C, H, W], limited to [-1, 1] as images are. */
  samples: HostArray;
  /** Evaluations of the network a sample. */
  evaluations: number;
  /** Milliseconds a sample; compilation is left out if something was drawn before. */
  msPerSample: number;
}

/** What `drawSamples` takes. */
export interface SampleTask {
  /** The images that were observed, [N, C, H, W]. */
  truth: HostArray;
  observation: Observation;
  /** Samples of each. */
  samples: number;
  seed: number;
  /** So many samples are drawn first, at least, where there are so many, so that compilation is not timed; 0 for none. */
  warmUp: number;
}

/** Draws samples of every observation and takes the time a sample. */
export async function drawSamples(
  sampler: PosteriorSampler,
  { truth, observation, samples, seed, warmUp }: SampleTask,
): Promise<ProblemSamples> {
  if (warmUp > 0) {
    const few = firstObservations(observation, Math.ceil(warmUp / samples));
    await sampler.sample(few, { samples, seed });
  }
  const start = performance.now();
  const drawn = await sampler.sample(observation, { samples, seed });
  const milliseconds = performance.now() - start;
  return {
    truth,
    observation,
    samples: limitToRange(drawn),
    evaluations: sampler.evaluations,
    msPerSample: milliseconds / (truth.shape[0] * samples),
  };
}
