import { hostArray, loadModel, type Problem, randomSource, type TrainedModel } from "variational-flow-maps";
import { type InputOf } from "../../bus/index.js";
import { type Classifier, loadClassifier } from "variational-flow-maps/classifier";
import { type EngineFacts, startEngine } from "../../engine/index.js";
import { type StudioModel } from "../../site/index.js";
import { type LoadProgress, type OpenedModel, type PosteriorServices, type ProblemFacts } from "./services.js";

/** Samples that the classifier reads at once. */
const readTogether = 16;

/** A model with what reads its samples. */
export interface ReadyModel {
  readonly about: StudioModel;
  readonly model: TrainedModel;
  readonly engine: EngineFacts;
  /** Loads it when it is first asked for: the first samples need not wait. */
  classifier(): Promise<Classifier | undefined>;
}

/** Whether the engine's files were fetched. */
let hasEngine = false;

const opened = new Map<string, Promise<{ ready: ReadyModel; facts: OpenedModel }>>();

/** Loads a model and its held-out images, once; a failure is not kept. */
export const openModel: PosteriorServices["open"] = async (wanted, report) => {
  const { model: name } = wanted;
  const found = opened.get(name) ?? load(wanted, report);
  opened.set(name, found);
  try {
    const { facts } = await found;
    // The page gets images of its own.
    return { ...facts, images: facts.images.slice() };
  } catch (error) {
    opened.delete(name);
    throw error;
  }
};

/** A model that was opened. */
export async function readyModel(name: string): Promise<ReadyModel> {
  const found = opened.get(name);
  if (found === undefined) throw new Error(`the model "${name}" was not opened`);
  return (await found).ready;
}

async function load(
  { site, model: name, engine: wanted }: InputOf<PosteriorServices["open"]>,
  report: (progress: LoadProgress) => void,
) {
  const { manifest, files, paths, load: loadEngine } = await startEngine(site, wanted);
  const about = manifest.models.find((model) => model.name === name);
  if (about === undefined)
    throw new Error(
      `there is no model "${name}": choose one of ${manifest.models.map((model) => model.name).join(", ")}`,
    );
  const { checkpoint, classifier: reader, images, shape } = about;
  const total = files.size([...(hasEngine ? [] : paths), `${checkpoint}/`, images.path]);
  let loaded = 0;
  const ignore = files.listen((bytes) => {
    loaded += bytes;
    report({ loaded: Math.min(loaded, total), total });
  });
  try {
    const [engine, model, bytes] = await Promise.all([
      loadEngine(),
      loadModel(site + checkpoint),
      fetchBytes(site, images.path),
    ]);
    hasEngine = true;
    const values = Float32Array.from(new Uint8Array(bytes), (byte) => byte / 127.5 - 1);
    const problems = model.problems.map((problem) => factsOf(model, problem, shape));
    let read: Promise<Classifier> | undefined;
    const classifier = async (): Promise<Classifier | undefined> => {
      if (reader === undefined) return undefined;
      read ??= loadClassifier(site + reader, { batchSize: readTogether });
      // A failure is not kept.
      read.catch(() => (read = undefined));
      return read;
    };
    return { ready: { about, model, engine, classifier }, facts: { name, shape, problems, images: values, engine } };
  } finally {
    ignore();
  }
}

async function fetchBytes(site: string, path: string): Promise<ArrayBuffer> {
  const response = await fetch(site + path);
  if (!response.ok) throw new Error(`${path} cannot be read (${response.status}): try again`);
  return response.arrayBuffer();
}

function factsOf({ updates }: TrainedModel, { name, observation }: Problem, shape: readonly number[]): ProblemFacts {
  const drawn = observation.operator.draw(1, shape, randomSource(0));
  return {
    name,
    sigma: observation.sigma,
    temperature: updates?.get(name)?.temperature ?? 1,
    parameters: Object.fromEntries(
      Object.entries(drawn).map(
        ([
          key,
          {
            shape: [, ...own],
          },
        ]) => [key, own],
      ),
    ),
  };
}

/** A batch of one image. */
export const batchOfOne = (values: Float32Array, shape: readonly number[]) => hostArray(values, [1, ...shape]);
