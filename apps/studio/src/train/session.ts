import { batch, computed, effect, signal } from "@preact/signals";
import { startWorker } from "../app/start-worker.js";
import { type Connection, type InputOf, latest } from "../bus/index.js";
import { type ModelView } from "../checkerboard/index.js";
import { siteFolder } from "../site/index.js";
import { noLosses, type Losses, withSteps } from "./losses.js";
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
/** When `seconds` was counted last. */
let counted = 0;
/** The flow map that the worker keeps: its settings, its losses and the seconds that it took. */
let kept: { settings: TrainSettings; losses: Losses; seconds: number } | undefined;

/** The page's worker; started when it is first asked for, and kept while the studio is open. */
function worker(): Connection<TrainServices> {
  return (connection ??= startWorker<TrainServices>("train"));
}

function fail(error: unknown): void {
  failure.value = error instanceof Error ? error.message : String(error);
}

/** Calls a service whose result is not needed. */
async function tell<Name extends "pause" | "choose" | "reset">(
  name: Name,
  input: InputOf<TrainServices[Name]>,
): Promise<void> {
  const at = worker();
  try {
    await at.call(name, input);
  } catch (error) {
    // A worker that was ended has nothing more to say.
    if (at === connection) fail(error);
  }
}

/** Ends the worker, with all that it trained: an engine that could not be loaded stays so in its worker. */
function end(): void {
  connection?.close();
  connection = undefined;
  clear();
}

/** Shows nothing of what was trained. */
function clear(): void {
  batch(() => {
    state.value = "idle";
    [part.value, views.value, failure.value] = [undefined, undefined, undefined];
    losses.value = noLosses;
    seconds.value = 0;
  });
  kept = undefined;
}

/** Counts the time since it was counted last. */
function count(): void {
  const now = performance.now();
  seconds.value += (now - counted) / 1000;
  counted = now;
}

/** Follows what the worker keeps: it drops a flow map when it begins another, and has one when it begins the adapters. */
function follow({ name, compiling }: NonNullable<TrainReport["part"]>): void {
  if (name === "flow-matching" && compiling && kept !== undefined) {
    kept = undefined;
    losses.value = noLosses;
    seconds.value = 0;
  }
  if (name === "adapters") kept ??= { settings: settings.value, losses: losses.value, seconds: seconds.value };
  part.value = { name, compiling };
}

function hear(report: TrainReport): void {
  batch(() => {
    if (state.value === "running") count();
    if (report.part !== undefined) follow(report.part);
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
  counted = performance.now();
  try {
    const onProgress = (report: TrainReport): void => {
      if (!stop.aborted) hear(report);
    };
    const request = { site: siteFolder(), settings: settings.value, y: y.value };
    void tell("pause", false);
    await worker().call("train", request, { onProgress, signal: stop });
    if (stop.aborted) return;
    performance.measure("training", { start: performance.now() - 1000 * seconds.value });
    state.value = "finished";
  } catch (error) {
    if (stop.aborted) return;
    end();
    fail(error);
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
  void run();
}

/** Pauses training; the models can still be looked at. */
export function pause(): void {
  clearTimeout(resting);
  if (running !== undefined) count();
  state.value = "paused";
  void tell("pause", true);
}

/** Resumes training; begins the run that a pause came before. */
export function resume(): void {
  if (running === undefined) {
    void run();
    return;
  }
  counted = performance.now();
  state.value = "running";
  void tell("pause", false);
}

/** Forgets all that was trained. */
export async function reset(): Promise<void> {
  stop();
  clear();
  await tell("reset", undefined);
}

/** Changes settings; whatever depends on them is trained again. */
export function change(some: Partial<TrainSettings>): void {
  const before = settings.value;
  settings.value = { ...before, ...some };
  if (state.value === "idle") return;
  if (part.value?.name !== "adapters" && sharesFlowMap(before, settings.value)) void tell("choose", settings.value);
  else restart();
}

/** Trains again what depends on the new settings, once they have not changed for a moment. */
function restart(): void {
  stop();
  const from = kept !== undefined && sharesFlowMap(kept.settings, settings.value) ? kept : undefined;
  batch(() => {
    state.value = "running";
    losses.value = from?.losses ?? noLosses;
    seconds.value = from?.seconds ?? 0;
    part.value = { name: from === undefined ? "flow-matching" : "adapters", compiling: true };
  });
  resting = setTimeout(() => void run(), 400);
}

const look = latest(async (observation: number) => {
  const at = worker();
  try {
    const seen = await at.call("look", observation);
    if (at !== connection) return;
    batch(() => {
      failure.value = undefined;
      exact.value = seen.exact;
      const [now, models] = [views.value, seen.models];
      if (now !== undefined && models !== undefined)
        views.value = { joint: { ...now.joint, ...models.joint }, frozen: { ...now.frozen, ...models.frozen } };
    });
  } catch (error) {
    if (at !== connection) return;
    if (state.value === "idle") end();
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
