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

function fail(error: unknown): void {
  failure.value = error instanceof Error ? error.message : String(error);
}

const look = latest(async (observation: number) => {
  await worker()
    .call("look", observation)
    .then((seen) => (answers.value = seen), fail);
});

const judge = latest(async ({ sampler, seed }: { sampler: Judged; seed: number }) => {
  await worker()
    .call("judge", { judged: sampler, seed })
    .then((result) => (judgement.value = { sampler, result }), fail);
});

/** Loads the models and updates the pictures when the reader's choices change. Returns a function that stops this. */
export function follow(): () => void {
  if (opened.value === undefined)
    worker()
      .call("open", { site: siteFolder() })
      .then((seen) => {
        opened.value = seen;
        failure.value = undefined;
      }, fail);
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
