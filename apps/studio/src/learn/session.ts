import { effect, signal } from "@preact/signals";
import { startWorker } from "../app/start-worker.js";
import { type Connection, latest } from "../bus/index.js";
import { siteFolder } from "../site/index.js";
import { type Answers, type Judged, type Judgement, type LearnServices, type Opened } from "./worker/services.js";

/** What the loaded models show; undefined until they are loaded. */
export const opened = signal<Opened | undefined>(undefined);
/** The observation that all sections share. */
export const y = signal(0.5);
export const answers = signal<Answers | undefined>(undefined);
/** Which sampler is judged, and the seed of its observations. */
export const judged = signal<{ sampler: Judged; seed: number }>({ sampler: "joint", seed: 1 });
export const judgement = signal<{ sampler: Judged; result: Judgement } | undefined>(undefined);
/** What went wrong last. */
export const failure = signal<string | undefined>(undefined);

let connection: Connection<LearnServices> | undefined;

function worker(): Connection<LearnServices> {
  return (connection ??= startWorker<LearnServices>("learn"));
}

/** Shows what the worker found, or what went wrong. */
async function show<Found>(found: Promise<Found>, take: (found: Found) => void): Promise<void> {
  try {
    take(await found);
    failure.value = undefined;
  } catch (error) {
    failure.value = error instanceof Error ? error.message : String(error);
  }
}

const look = latest((observation: number) =>
  show(worker().call("look", observation), (seen) => (answers.value = seen)),
);

const judge = latest(({ sampler, seed }: { sampler: Judged; seed: number }) =>
  show(worker().call("judge", { judged: sampler, seed }), (result) => (judgement.value = { sampler, result })),
);

/** Tries again to load the models after a failure. */
export function tryAgain(): void {
  void open();
}

/** Loads the models. */
async function open(): Promise<void> {
  failure.value = undefined;
  await show(worker().call("open", { site: siteFolder() }), (seen) => (opened.value = seen));
  if (opened.value !== undefined) return;
  // An engine that could not be loaded stays so in its worker: the next try gets a new one.
  connection?.close();
  connection = undefined;
}

/** Loads the models and updates the pictures when the reader's choices change. Returns a function that stops this. */
export function follow(): () => void {
  if (opened.value === undefined) void open();
  const ends = [
    effect(() => {
      const observation = y.value;
      if (opened.value !== undefined) look(observation);
    }),
    effect(() => {
      const choice = judged.value;
      if (opened.value !== undefined) judge(choice);
    }),
  ];
  return () => ends.forEach((end) => end());
}
