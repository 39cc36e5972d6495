import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { startWorker } from "../app/start-worker.js";
import { type Connection, latest } from "../bus/index.js";
import { loadManifest, type Manifest, siteFolder, type StudioModel } from "../site/index.js";
import { stopGuided } from "./guided-state.js";
import { factsOf, requestOf } from "./request.js";
import { type View, view } from "./view.js";
import {
  type LoadProgress,
  type OpenedModel,
  type PosteriorServices,
  type Reading,
  type SampleRequest,
  type SampleResult,
} from "./worker/services.js";

/** What the site offers. */
export const manifest = signal<Manifest | undefined>(undefined);
/** The model that is shown. */
export const opened = signal<OpenedModel | undefined>(undefined);
/** How much of a model has arrived, while one is loaded. */
export const loading = signal<LoadProgress | undefined>(undefined);
/** The samples that are shown, and what was asked for them. */
export const shown = signal<{ request: SampleRequest; result: SampleResult } | undefined>(undefined);
/** What the classifier reads the samples as; a moment behind them. */
export const readings = signal<Reading | undefined>(undefined);
/** Whether samples that were asked for are not there yet. */
export const sampling = signal(false);
/** Why the chosen model could not be loaded; undefined once a model is loaded again. Nothing is sampled meanwhile. */
export const loadFailure = signal<string | undefined>(undefined);
/** What else went wrong last; undefined once something goes right. */
export const failure = signal<string | undefined>(undefined);

/** Whether the model that is shown is the chosen one, or the one in its place. */
export const settled = computed(
  () => opened.value !== undefined && loading.value === undefined && loadFailure.value === undefined,
);

/** What the manifest says of the model that is shown. */
export const about = computed<StudioModel | undefined>(() =>
  manifest.value?.models.find(({ name }) => name === opened.value?.name),
);

/** The problem that is shown. */
export const facts = computed(() => (opened.value === undefined ? undefined : factsOf(view.value, opened.value)));

/** Whether images of the model that is shown can be drawn by hand: a pen has one colour. */
export const drawable = computed(() => (opened.value?.shape[0] ?? 1) === 1);

/** The result that is shown, if it belongs to the problem that is shown. */
export const resultOfProblem = computed(() =>
  shown.value?.request.problem === facts.value?.name ? shown.value?.result : undefined,
);

/** Why WebGPU is no longer used, in one sentence, once it failed. */
export const engineFailure = signal<string | undefined>(undefined);

let connection: Connection<PosteriorServices> | undefined;
/** The worker that has loaded a model. */
let loaded: Connection<PosteriorServices> | undefined;
/** The engine that the worker was started for. */
let startedFor: string | undefined;

/** The page's worker; started when it is first asked for, and kept while the studio is open. */
export function worker(): Connection<PosteriorServices> {
  return (connection ??= startWorker<PosteriorServices>("posterior"));
}

function end(): void {
  connection?.close();
  connection = undefined;
}

/** Says what went wrong in place of what was to be shown. */
export function fail(error: unknown): void {
  failure.value = messageOf(error);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Deals with what a worker failed at: on WebGPU, all is begun again on WebAssembly. */
export function failAtWork(error: unknown, at: Connection<PosteriorServices>): void {
  // A worker that was ended has nothing more to say.
  if (at !== connection) return;
  if (opened.value?.engine.name !== "webgpu") {
    fail(error);
    return;
  }
  engineFailure.value = `WebGPU failed: ${messageOf(error)}.`;
  end();
  open(view.value);
}

/** Shows a model, and removes what the one before it drew, whose images may have another size. */
function show(model: OpenedModel): void {
  batch(() => {
    if (model.name !== opened.value?.name) shown.value = readings.value = undefined;
    opened.value = model;
  });
}

const open = latest(async ({ model, engine }: Pick<View, "model" | "engine">, overtaken) => {
  batch(() => {
    loading.value = { loaded: 0, total: 1 };
    loadFailure.value = failure.value = undefined;
  });
  if (engine !== startedFor) {
    end();
    engineFailure.value = undefined;
  }
  startedFor = engine;
  // It loads its code while the manifest comes.
  const at = worker();
  try {
    const site = siteFolder();
    manifest.value ??= await loadManifest(site);
    const known = manifest.value.models.some(({ name }) => name === model);
    const wanted = {
      site,
      model: known ? model : manifest.value.models[0].name,
      engine: engineFailure.value === undefined ? engine : "wasm",
    };
    const ready = await at.call("open", wanted, { onProgress: (progress) => (loading.value = progress) });
    loaded = at;
    // The next model is loaded in its place.
    if (overtaken.aborted) return;
    batch(() => {
      show(ready);
      loading.value = undefined;
    });
  } catch (error) {
    // An engine that could not be loaded stays so in its worker: the next try gets a new one.
    if (at === connection && at !== loaded) end();
    if (overtaken.aborted) return;
    batch(() => {
      loadFailure.value = messageOf(error);
      loading.value = undefined;
    });
  }
});

/** Loads the chosen model again. */
export function tryAgain(): void {
  open(view.value);
}

/** A request, its number, and when it was made, for the measure of how quickly the page answers. */
interface Asked {
  request: SampleRequest;
  number: number;
  since: number;
}

let requests = 0;

const sample = latest(async ({ request, number, since }: Asked, overtaken) => {
  const at = worker();
  try {
    const read = await at.call("sample", request, {
      // Samples that are about to be replaced are not read.
      signal: overtaken,
      onProgress: (result) => {
        // Another model may have been opened since.
        if (request.model !== opened.value?.name) return;
        shown.value = { request, result };
        failure.value = undefined;
        requestAnimationFrame(() => measure(since));
      },
    });
    if (!overtaken.aborted && request.model === opened.value?.name) readings.value = read;
  } catch (error) {
    failAtWork(error, at);
  }
  if (number === requests) sampling.value = false;
});

let measured = 0;

/** Notes how long an answer took, to be read by `performance.getEntriesByName("redraw")`. */
function measure(since: number): void {
  if (measured++ === 0) performance.measure("first samples", { start: 0 });
  else performance.measure("redraw", { start: since });
  // A page that is open for days keeps no more than the latest.
  if (measured % 1000 === 0) performance.clearMeasures("redraw");
}

/** Whether two views ask for the same samples. */
function isSame(a: View, b: View | undefined): boolean {
  const keys = new Set(Object.keys({ ...a, ...b }) as (keyof View)[]);
  keys.delete("pixel");
  return [...keys].every((key) => a[key] === b?.[key]);
}

/** Keeps the samples up with the view, as long as the page is shown. Returns what ends it. */
export function followView(): () => void {
  const model = computed(() => view.value.model);
  const engine = computed(() => view.value.engine);
  let asked: { ready: OpenedModel; chosen: View } | undefined;
  const ends = [
    effect(() => {
      const wanted = { model: model.value, engine: engine.value };
      // What opening reads is no reason to open again.
      untracked(() => open(wanted));
    }),
    effect(() => {
      const ready = opened.value;
      const chosen = view.value;
      // Which pixel is looked at is no matter of the worker's.
      if (ready === undefined || (ready === asked?.ready && isSame(chosen, asked.chosen))) return;
      // Another model is shown until the chosen one is there; in place of an unknown one, for good.
      if (loadFailure.value !== undefined || (ready.name !== chosen.model && loading.value !== undefined)) return;
      asked = { ready, chosen };
      untracked(() => {
        // It would share the worker with the new samples, and be for another observation.
        stopGuided();
        sampling.value = true;
        sample({ request: requestOf(chosen, ready), number: ++requests, since: performance.now() });
      });
    }),
  ];
  return () => ends.forEach((end) => end());
}
