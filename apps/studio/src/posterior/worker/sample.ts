import { hostArray, samplePosterior } from "variational-flow-maps";
import { timeWithoutCompiling } from "variational-flow-maps/compile";
import { guidedMethods, samplerEngine } from "variational-flow-maps/baselines";
import { observeRequest } from "./observe.js";
import { type ReadyModel, readyModel } from "./models.js";
import {
  type GuideProgress,
  type GuideRequest,
  type GuideResult,
  type Reading,
  type SampleRequest,
  type SampleResult,
} from "./services.js";
import { summarise } from "./summary.js";

const warm = new Set<string>();

/** Lets the worker hear of what the page asks meanwhile: the engine itself never pauses. */
const messages = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

/** Observes an image, samples its posterior and reads the samples. */
export async function sampleRequest(
  request: SampleRequest,
  report: (result: SampleResult) => void,
  signal: AbortSignal,
): Promise<Reading | undefined> {
  const { samples, steps, temperature, seed } = request;
  const ready = await readyModel(request.model);
  const observation = await observeRequest(request);
  const { device } = ready.engine;
  const options = { samples, steps, seed, device, ...(temperature !== undefined && { temperature }) };
  const drawing = [request.model, request.problem, samples, steps].join();
  const { result: drawn, milliseconds } = await timeWithoutCompiling(() =>
    samplePosterior(ready.model, observation, options),
  );
  // A graphics card translates its programs as they first run: that time is not that of sampling.
  const isTimed = device === "cpu" || warm.has(drawing);
  warm.add(drawing);
  const { y, parameters } = observation;
  const values = drawn.samples.data as Float32Array;
  // The page then continues without this graphics card.
  if (device === "webgpu" && !values.every(Number.isFinite)) throw new Error("its samples are not finite");
  // What is reported is given away.
  const read = values.slice();
  report({
    ...summarise(hostArray(values, drawn.samples.shape.slice(1))),
    y: hostArray(y.data as Float32Array, y.shape.slice(1)),
    parameters,
    evaluations: drawn.evaluations,
    ...(isTimed && { milliseconds }),
  });
  await messages();
  if (signal.aborted) return undefined;
  return readSamples(ready, read);
}

/** Reads samples with the model's classifier. The samples are good without it: its failure is not theirs. */
async function readSamples(
  { about, classifier: load }: ReadyModel,
  values: Float32Array,
): Promise<Reading | undefined> {
  try {
    const classifier = await load();
    if (classifier === undefined) return undefined;
    const { labels } = await classifier.classify(values);
    return { counts: about.classes.map((_, label) => labels.filter((found) => found === label).length) };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : String(error) };
  }
}

let engine: ReturnType<typeof samplerEngine> | undefined;

/** Draws from the same observation with a guided sampler, with the settings that were tuned for the problem, or else the published ones. */
export async function guideRequest(
  request: GuideRequest,
  report: (progress: GuideProgress) => void,
  signal: AbortSignal,
): Promise<GuideResult> {
  const { method: name, samples, seed, problem } = request;
  const ready = await readyModel(request.model);
  const method = guidedMethods.find((known) => known.name === name);
  if (method === undefined) throw new Error(`there is no guided sampler "${name}"`);
  engine ??= samplerEngine({ device: ready.engine.device });
  const settings = ready.about.guided[problem]?.[name] ?? method.initial;
  const sampler = method.create(ready.model, settings, engine);
  const observation = await observeRequest(request);
  // The graph is compiled before the clock starts, as the page's own sampler was.
  await method.create(ready.model, { ...settings, steps: 1 }, engine).sample(observation, { samples, seed });
  const started = performance.now();
  const drawn = await sampler.sample(observation, {
    samples,
    seed,
    onStep: async ({ step, steps, x }) => {
      await messages();
      signal.throwIfAborted();
      const copy = hostArray(Float32Array.from(x.data), x.shape);
      report({ step, steps, milliseconds: performance.now() - started, samples: copy });
    },
  });
  const milliseconds = performance.now() - started;
  const summary = summarise(hostArray(drawn.data as Float32Array, drawn.shape.slice(1)));
  return { ...summary, evaluations: sampler.evaluations, milliseconds };
}
