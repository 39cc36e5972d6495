import { parentPort, workerData } from "node:worker_threads";
import { hostZeros } from "../array/index.js";
import { loadCheckpoint } from "../checkpoint/index.js";
import { disposeCompiled, limitThreads } from "../compile/index.js";
import { InputError } from "../errors.js";
import { imageShapeOfModel, type TrainedModel } from "../vfm/index.js";
import { batchSizes } from "./batch-sizes.js";
import { type Sampled, sampleJobs, type SamplingJob } from "./sampling.js";

/** The data that the thread is started with. */
export interface SamplingOrder {
  folder: string;
  /** Samples that are drawn at once. */
  rows: number;
  threads: number;
  /** The number of samples of the requests for which everything is compiled at the start. */
  warmUp: number;
}

/** A service's description of its model. */
export interface ModelDescription {
  /** [channels, height, width]. */
  shape: readonly number[];
  problems: readonly {
    name: string;
    /** Standard deviation of the noise, on images in [-1, 1]. */
    sigma: number;
    /** Whether samples are conditioned on y once more if y is known. */
    updated: boolean;
  }[];
}

/** A message to the thread: to warm up, once the model is described; jobs to sample; or to end after the last job. */
export type SamplingQuestion = "warm" | { number: number; jobs: readonly SamplingJob[] } | "end";

/** A message from the thread: first the model, then that it has warmed up, then results by the numbers of their questions. */
export type SamplingAnswer =
  | { model: ModelDescription }
  | { ready: true }
  | { number: number; results: Sampled[] }
  | { number?: number; failure: string; isInput: boolean };

const { folder, rows, threads, warmUp } = workerData as SamplingOrder;
limitThreads(threads);
let ending = false;
let start: () => void = () => undefined;
const started = new Promise<void>((resolve) => (start = resolve));

const answer = (message: SamplingAnswer, handedOver: ArrayBuffer[] = []): void =>
  parentPort?.postMessage(message, handedOver);

const fail = (error: unknown, number?: number): void =>
  answer({
    ...(number !== undefined && { number }),
    failure: error instanceof Error ? error.message : String(error),
    isInput: error instanceof InputError,
  });

function describe(model: TrainedModel): ModelDescription {
  const shape = imageShapeOfModel(model);
  if (shape.length !== 3)
    throw new InputError(`${folder} is a model of points [${shape.join(", ")}]: give a model of images`);
  const problems = model.problems.map(({ name, observation: { sigma } }) => ({
    name,
    sigma,
    updated: model.updates?.get(name)?.residual !== undefined,
  }));
  return { shape, problems };
}

/** Samples every problem once in every batch size, so that no request waits for compilation. */
async function warm(model: TrainedModel): Promise<void> {
  const image = hostZeros([1, ...imageShapeOfModel(model)]);
  for (const { name: problem } of model.problems)
    for (const size of batchSizes(warmUp, rows)) {
      if (ending) return;
      const given = { kind: "image", image } as const;
      const job: SamplingJob = { given, problem, samples: warmUp, steps: 1, seed: 0, measured: true };
      await sampleJobs(model, new Array<SamplingJob>(size).fill(job), rows);
    }
}

const loaded = loadCheckpoint(folder).then(({ model, metadata }) => {
  if (metadata.model.adapter === undefined)
    throw new InputError(`${folder} has no noise adapter: give the checkpoint of a run that trained one`);
  answer({ model: describe(model) });
  return model;
});
const warmed = Promise.all([loaded, started]).then(([model]) => warm(model));
warmed.then(() => answer({ ready: true }), fail);

// One after another: two at once would share the same engine and gain nothing.
let last: Promise<unknown> = warmed;
parentPort?.on("message", (question: SamplingQuestion) => {
  if (question === "warm") {
    start();
    return;
  }
  if (question === "end") {
    ending = true;
    start();
    void Promise.allSettled([last])
      .then(disposeCompiled)
      .finally(() => parentPort?.close());
    return;
  }
  const { number, jobs } = question;
  last = Promise.all([loaded, last])
    .then(([model]) => sampleJobs(model, jobs, rows))
    .then((results) =>
      answer(
        { number, results },
        results.flatMap((one) => ("samples" in one ? [one.samples.data.buffer as ArrayBuffer] : [])),
      ),
    )
    .catch((error: unknown) => fail(error, number));
});
