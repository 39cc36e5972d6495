import { type ObservedImages, type PosteriorSampler } from "../baselines/index.js";
import { hostArray, type HostArray, sizeOf } from "../array/index.js";
import { limitToRange, type ProblemSamples } from "../evaluate/index.js";

/** The first rows of a host array along its first axis. */
export function firstRows({ shape: [count, ...rest], data }: HostArray, wanted: number): HostArray {
  const rows = Math.min(count, wanted);
  return hostArray(data.subarray(0, rows * sizeOf(rest)), [rows, ...rest]);
}

/** The first observations of a batch. */
export function firstObservations(
  { problem, observation, transposed, parameters }: ObservedImages,
  wanted: number,
): ObservedImages {
  return {
    problem,
    observation: firstRows(observation, wanted),
    transposed: firstRows(transposed, wanted),
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, firstRows(array, wanted)])),
  };
}

/** What `drawSamples` takes. */
export interface SampleTask {
  /** The images that were degraded, [N, C, H, W]. */
  truth: HostArray;
  observed: ObservedImages;
  samples: number;
  seed: number;
  /** The sampler's batch: so many samples are drawn first, so that compilation is not timed; 0 for none. */
  warmUp: number;
}

/** Draws samples of every observation and takes the time a sample. */
export async function drawSamples(
  sampler: PosteriorSampler,
  { truth, observed, samples, seed, warmUp }: SampleTask,
): Promise<ProblemSamples> {
  if (warmUp > 0) {
    const few = firstObservations(observed, Math.ceil(warmUp / samples));
    await sampler.sample(few, { samples, seed });
  }
  const start = performance.now();
  const drawn = await sampler.sample(observed, { samples, seed });
  const milliseconds = performance.now() - start;
  return {
    problem: observed.problem,
    truth,
    degraded: observed,
    samples: limitToRange(drawn),
    evaluations: sampler.evaluations,
    msPerSample: milliseconds / (truth.shape[0] * samples),
  };
}
