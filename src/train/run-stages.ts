import { type CompileOptions } from "../compile/index.js";
import { agree, type Communicator } from "../distributed/index.js";
import { type NetworkParameters, sampleShapeOf, specOf } from "../models/index.js";
import { type Position } from "./loop.js";
import { mapValues } from "./object-entries.js";
import { type Run } from "./run.js";
import { runStage, type StageProgress, stageStart } from "./run-stage.js";
import { asNetwork, averagesOf, type RunPosition, type RunState } from "./run-state.js";
import { type RunStore } from "./run-store.js";
import { type StageTask } from "./stages/index.js";

/** The argument of a progress callback. */
export interface TrainProgress extends StageProgress {
  /** Number of the stage, from 0. */
  stage: number;
  kind: string;
  /** Number of steps of the stage, unless its time limit ends it first. */
  steps: number;
  /**
   * The current moving averages of the networks' parameters, by network name. Later steps overwrite their arrays: copy
   * what you keep.
   */
  networks: NetworkParameters;
}

/** What the stages of a run need besides its state. */
interface StagesOptions {
  run: Run;
  tasks: readonly StageTask[];
  store: RunStore;
  record: Readonly<Record<string, unknown>>;
  engine: CompileOptions;
  communicator: Communicator;
  onProgress?: ((progress: TrainProgress) => unknown) | undefined;
  signal?: AbortSignal | undefined;
}

/** Runs the stages from a position to the last one, or until the abort signal. */
export async function runStages(
  { run, tasks, store, record, engine, onProgress, signal, communicator }: StagesOptions,
  from: RunPosition,
  startState: RunState,
): Promise<{ complete: boolean; state: RunState; seconds: number }> {
  const { stages, logEvery = 50, checkpointEvery = { minutes: 5 } } = run;
  const described = { sampleShape: sampleShapeOf(run), model: specOf(run, run.problems ?? []), training: record };
  let [position, state] = [from, startState];
  for (;;) {
    const { stage: index, history } = position;
    const stage = stages[index];
    if (!position.complete) {
      const { step, seconds } = position;
      const save = (current: RunState, now: Position, complete: boolean): Promise<void> =>
        store.save({
          state: current,
          position: { stage: index, history, complete, ...now },
          networks: averagesOf(current),
          startsLater: stages.some(({ startFrom }) => typeof startFrom === "object" && startFrom.stage === index),
          about: {
            ...described,
            // Without their seconds, so that the checkpoints of equal runs are equal.
            stages: [...history, { kind: stage.kind, steps: now.step }].map(({ kind, steps }) => ({ kind, steps })),
          },
        });
      const report = async (progress: StageProgress, current: RunState): Promise<void> => {
        const { step: done, seconds: took, learningRate, measures } = progress;
        await store.appendLog({ stage: index, kind: stage.kind, step: done, seconds: took, learningRate, measures });
        if (communicator.rank > 0) return;
        const networks = averagesOf(current);
        await onProgress?.({ ...progress, stage: index, kind: stage.kind, steps: stage.steps, networks });
      };
      const isPrepared = await tasks[index].prepare?.(state, {
        readArrays: (name, form) => store.readArrays(index, name, form, step > 0),
        writeArrays: (name, arrays) => store.writeArrays(index, name, arrays),
        stopped: async () => (await agree(communicator, { stop: signal?.aborted === true, seconds })).stop,
        engine,
      });
      if (isPrepared === false) {
        await save(state, { step, seconds }, false);
        return { complete: false, state, seconds: secondsOf(position) };
      }
      const hooks = { save, report, signal, logEvery, checkpointEvery, engine, communicator };
      const ended = await runStage(stage, tasks[index], state, { step, seconds }, hooks);
      ({ state } = ended);
      position = { stage: index, history, complete: ended.complete, ...ended.position };
    }
    if (!position.complete || index + 1 === stages.length)
      return { complete: position.complete, state, seconds: secondsOf(position) };
    const done = { kind: stage.kind, steps: position.step, seconds: position.seconds };
    position = { stage: index + 1, step: 0, seconds: 0, complete: false, history: [...history, done] };
    state = await startOfStage(run, index + 1, tasks[index + 1], state, store);
  }
}

/** The duration of a run up to a position, in seconds. */
function secondsOf({ history, seconds }: RunPosition): number {
  return history.reduce((sum, before) => sum + before.seconds, seconds);
}

/** The initial state of a stage: the result of the stage before it, or of the earlier stage that it names. */
async function startOfStage(
  run: Run,
  index: number,
  task: StageTask,
  before: RunState,
  store: RunStore,
): Promise<RunState> {
  const { startFrom } = run.stages[index];
  if (typeof startFrom !== "object") return stageStart(task, before, startFrom);
  const left = await store.afterStage(startFrom.stage, run.stages[startFrom.stage].kind, run);
  const earlier = mapValues(before, (network, name) => (left[name] ? asNetwork(left[name]) : network));
  return stageStart(task, earlier, "parameters");
}
