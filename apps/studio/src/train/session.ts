import { batch, computed, effect, signal } from "@preact/signals";
import { startWorker } from "../app/start-worker.js";
import { type Connection, latest } from "../bus/index.js";
import { type ModelView } from "../checkerboard/index.js";
import { siteFolder } from "../site/index.js";
import { noLosses, type Losses, withoutAdapters, withSteps } from "./losses.js";
import { firstSettings, sharesFlowMap, shortRun, type TrainSettings } from "./settings.js";
import { type Look, type Part, type Side, type TrainReport, type TrainServices } from "./worker/services.js";

/** What the reader has chosen. */
export const settings = signal<TrainSettings>(firstSettings);
export const y = signal(0.5);

/** The state of the run. */
export const state = signal<"idle" | "running" | "paused" | "finished">("idle");
export const part = signal<{ name: Part; compiling: boolean } | undefined>(undefined);
export const losses = signal<Losses>(noLosses);
/** Seconds that the run has taken, with compilation and without pauses. */
export const seconds = signal(0);
/** The latest pictures of the models. */
export const views = signal<Readonly<Record<Side, ModelView>> | undefined>(undefined);
export const exact = signal<Look["exact"] | undefined>(undefined);
/** What went wrong last; undefined once something goes right. */
export const failure = signal<string | undefined>(undefined);

/** The share of the run's steps that are done. */
export const done = computed(() => {
  const { flow, adapter } = losses.value;
  const most = shortRun.flowMatching + shortRun.meanFlow + shortRun.adapters;
  return (flow.alone.length + Math.min(adapter.joint.length, adapter.frozen.length)) / most;
});

let connection: Connection<TrainServices> | undefined;
let running: AbortController | undefined;
let resting: ReturnType<typeof setTimeout> | undefined;
let clock: { since: number; before: number } = { since: 0, before: 0 };

/** The page's worker; started when it is first asked for, and kept while the studio is open. */
function worker(): Connection<TrainServices> {
  return (connection ??= startWorker<TrainServices>("train"));
}

function fail(error: unknown): void {
  failure.value = error instanceof Error ? error.message : String(error);
}

function hear(report: TrainReport): void {
  batch(() => {
    if (state.value === "running") seconds.value = clock.before + (performance.now() - clock.since) / 1000;
    if (report.part !== undefined) part.value = report.part;
    if (report.losses !== undefined) losses.value = withSteps(losses.value, report.losses);
    if (report.views !== undefined) views.value = report.views;
  });
}

/** Trains with the current settings. A flow map that was trained with the same width and learning rate is kept. */
async function run(): Promise<void> {
  const controller = new AbortController();
  const { signal: stop } = controller;
  running = controller;
  state.value = "running";
  failure.value = undefined;
  clock = { since: performance.now(), before: 0 };
  try {
    const onProgress = (report: TrainReport): void => {
      if (!stop.aborted) hear(report);
    };
    const request = { site: siteFolder(), settings: settings.value, y: y.value };
    worker().call("pause", false).catch(fail);
    await worker().call("train", request, { onProgress, signal: stop });
    if (stop.aborted) return;
    performance.measure("training", { start: performance.now() - 1000 * seconds.value });
    state.value = "finished";
  } catch (error) {
    if (stop.aborted) return;
    fail(error);
    state.value = "idle";
  } finally {
    if (running === controller) running = undefined;
  }
}

/** Ends the run that is under way. */
function stop(): void {
  clearTimeout(resting);
  running?.abort();
  running = undefined;
}

/** Begins a run. */
export function start(): void {
  losses.value = noLosses;
  seconds.value = 0;
  void run();
}

/** Pauses training; the models can still be looked at. */
export function pause(): void {
  clearTimeout(resting);
  clock = { since: 0, before: seconds.value };
  state.value = "paused";
  worker().call("pause", true).catch(fail);
}

/** Resumes training; begins the run that a pause came before. */
export function resume(): void {
  if (running === undefined) {
    void run();
    return;
  }
  clock = { ...clock, since: performance.now() };
  state.value = "running";
  worker().call("pause", false).catch(fail);
}

/** Forgets all that was trained. */
export async function reset(): Promise<void> {
  stop();
  batch(() => {
    state.value = "idle";
    [part.value, views.value, failure.value] = [undefined, undefined, undefined];
    losses.value = noLosses;
    seconds.value = 0;
  });
  await worker().call("reset", undefined).catch(fail);
}

/** Changes settings; whatever depends on them is trained again. */
export function change(some: Partial<TrainSettings>): void {
  const before = settings.value;
  settings.value = { ...before, ...some };
  if (state.value === "idle") return;
  const shared = sharesFlowMap(before, settings.value);
  if (shared && part.value?.name !== "adapters") worker().call("choose", settings.value).catch(fail);
  else restart(shared);
}

/** Trains again what depends on the new settings, once they have not changed for a moment. */
function restart(keepsFlowMap: boolean): void {
  stop();
  batch(() => {
    state.value = "running";
    losses.value = keepsFlowMap ? withoutAdapters(losses.value) : noLosses;
    seconds.value = 0;
    part.value = { name: keepsFlowMap ? "adapters" : "flow-matching", compiling: true };
  });
  resting = setTimeout(() => void run(), 400);
}

const look = latest(async (observation: number) => {
  try {
    const seen = await worker().call("look", observation);
    batch(() => {
      exact.value = seen.exact;
      const [now, models] = [views.value, seen.models];
      if (now !== undefined && models !== undefined)
        views.value = { joint: { ...now.joint, ...models.joint }, frozen: { ...now.frozen, ...models.frozen } };
    });
  } catch (error) {
    fail(error);
  }
});

/** Updates the pictures when the observation changes. Returns a function that stops this. */
export function followObservation(): () => void {
  return effect(() => look(y.value));
}

/** Pauses training when the reader leaves the page. */
export function leave(): void {
  if (state.value === "running") pause();
}
