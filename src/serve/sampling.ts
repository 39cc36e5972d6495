import { type HostArray, takeRows } from "../array/index.js";
import { decodeObservation, withOwnHoles } from "../checkpoint/index.js";
import { InputError } from "../errors.js";
import {
  checkPicture,
  joinObservations,
  type Observation,
  observe,
  pictureOf,
  type Problem,
  type TransposedObservation,
} from "../operators/index.js";
import { samplePosterior, imageShapeOfModel, type TrainedModel } from "../vfm/index.js";
import { batchSizes, divideIntoBatches, drawnSamples } from "./batch-sizes.js";

/** What samples are drawn for: plain data that can be sent to another thread. */
export type Given =
  /** An image to be degraded, [1, C, H, W]. */
  | { readonly kind: "image"; readonly image: HostArray }
  /** A file of tensors in the format of `encodeObservation`. */
  | { readonly kind: "file"; readonly bytes: Uint8Array }
  /** A^T y alone, [1, C, H, W]. */
  | { readonly kind: "seen"; readonly transposed: HostArray };

/** The bytes of memory that it takes. */
export function bytesOf(given: Given): number {
  if (given.kind === "file") return given.bytes.length;
  return (given.kind === "image" ? given.image : given.transposed).data.byteLength;
}

/** The samples that a request asks for. */
export interface SamplingJob {
  readonly given: Given;
  readonly problem: string;
  readonly samples: number;
  readonly steps: number;
  /** Decides the mask, kernel and noise of an image that is degraded, and the samples. */
  readonly seed: number;
  /** Whether y itself is known, so that the samples are conditioned on it once more if the model has an update. */
  readonly measured: boolean;
}

/** A request's samples, or the reason why there are none. */
export type Sampled =
  | {
      /** [samples, C, H, W]. */
      readonly samples: HostArray;
      /** What a picture shows as the observation, [C, H, W]: y itself, or A^T y if no more is known. */
      readonly shown: HostArray;
      /** Whether the samples were conditioned on y once more. */
      readonly updated: boolean;
      /** Evaluations of the flow map for each sample. */
      readonly evaluations: number;
    }
  | { readonly refused: string };

/** Jobs with the same key can be sampled together: their functions are compiled for the same shapes. */
export function samplingKey({ problem, samples, steps, measured }: SamplingJob): string {
  return JSON.stringify([problem, drawnSamples(samples), steps, measured]);
}

/**
 * Draws the samples of jobs with the same key, each from its own seed. They equal those of the job alone, except for
 * the rounding of sums in another order.
 *
 * @param rows samples that are drawn at once, at most
 */
export async function sampleJobs(model: TrainedModel, jobs: readonly SamplingJob[], rows: number): Promise<Sampled[]> {
  const [{ problem: name, steps, measured }] = jobs;
  const problem = model.problem(name);
  const samples = drawnSamples(jobs[0].samples);
  const results = new Array<Sampled>(jobs.length);
  const ready: { place: number; seed: number; observation: Observation | TransposedObservation }[] = [];
  for (const [place, { given, seed }] of jobs.entries()) {
    try {
      ready.push({ place, seed, observation: await observationOfGiven(model, problem, given, seed) });
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      results[place] = { refused: error.message };
    }
  }
  const updated = measured && model.updates?.get(name)?.residual !== undefined;
  for (const size of divideIntoBatches(ready.length, batchSizes(samples, rows))) {
    const batch = ready.splice(0, size);
    // A batch that is not full repeats its last observation.
    const filled = Array.from({ length: size }, (_, i) => batch[Math.min(i, batch.length - 1)]);
    const { samples: drawn, evaluations } = await samplePosterior(
      model,
      joinObservations(filled.map(({ observation }) => observation)),
      {
        samples,
        steps,
        seed: filled.map(({ seed }) => seed),
        update: measured,
        batchSize: Math.min(size * samples, rows),
      },
    );
    for (const [row, { place, observation }] of batch.entries()) {
      const own = ofRow(drawn, row);
      const wanted = takeRows(
        own,
        Int32Array.from({ length: jobs[place].samples }, (_, i) => i),
      );
      results[place] = wanted.data.every(Number.isFinite)
        ? { samples: wanted, shown: ofRow(pictureOf(observation), 0), updated, evaluations }
        : { refused: "the observation has no finite samples: its values are too large, scale them down" };
    }
  }
  return results;
}

async function observationOfGiven(
  model: TrainedModel,
  problem: Problem,
  given: Given,
  seed: number,
): Promise<Observation | TransposedObservation> {
  switch (given.kind) {
    case "image":
      return observe(problem, given.image, { seed });
    case "file":
      return withOwnHoles(decodeObservation(given.bytes, "the observation", problem, imageShapeOfModel(model)));
    case "seen":
      checkPicture(problem, "give y and its parameters as safetensors");
      return { problem, transposed: given.transposed };
  }
}

/** One row, without the axis of rows: [N, ...rest] -> [...rest]. */
function ofRow(array: HostArray, row: number): HostArray {
  const { shape, data } = takeRows(array, [row]);
  return { shape: shape.slice(1), data };
}
