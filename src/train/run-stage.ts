import { type StageConfig, type StageTask } from "./stages/index.js";
import { type CompileOptions } from "../compile/index.js";
import { type Communicator } from "../distributed/index.js";
import { compileAccumulatedStep } from "./accumulate.js";
import { type LoopOptions, type Position, type Progress, runSteps } from "./loop.js";
import { adamW } from "./adamw.js";
import { filterKeys, mapValues } from "./object-entries.js";
import { averageDecay, scheduleFactor } from "./schedule.js";
import { type NetworkState, type Parameters, type RunState, startTraining, type TrainedState } from "./run-state.js";
import { type HostBatch, type UpdateScalars } from "./step.js";

/** The progress report of a stage. */
export interface StageProgress extends Progress {
  /** The learning rates of the last step. */
  learningRate: Record<string, number>;
}

/** The initial state of a stage: optimisers start afresh, frozen networks keep only their parameters. */
export function stageStart(task: StageTask, before: RunState, startFrom: "average" | "parameters"): RunState {
  const start = ({ parameters, average }: NetworkState): Parameters =>
    startFrom === "average" ? (average ?? parameters) : parameters;
  return mapValues(before, (network, name) =>
    name in task.learningRates ? startTraining(start(network)) : { parameters: start(network) },
  );
}

/** How `runStage` runs, and its callbacks. */
export interface StageHooks {
  save(state: RunState, position: Position, complete: boolean): Promise<void>;
  report(progress: StageProgress, state: RunState): Promise<void> | void;
  signal?: AbortSignal | undefined;
  logEvery: number;
  checkpointEvery: { steps?: number | undefined; minutes?: number | undefined };
  engine: CompileOptions;
  communicator: Communicator;
}

interface StepInputs {
  batch: HostBatch;
  scalars: Record<string, UpdateScalars<number>>;
}

/**
 * Compiles a stage's training step and runs it from `position`.
 *
 * @throws NonFiniteError as `runSteps` does
 */
export async function runStage(
  stage: StageConfig,
  task: StageTask,
  state: RunState,
  position: Position,
  hooks: StageHooks,
): Promise<{ state: RunState; position: Position; complete: boolean }> {
  const trained = filterKeys(state, (name) => name in task.learningRates) as Record<string, TrainedState>;
  const untrained = filterKeys(state, (name) => !(name in task.learningRates));
  const frozen = { ...mapValues(untrained, ({ parameters }) => parameters), ...task.others };
  const rates = (step: number, progress: number): Record<string, number> =>
    mapValues(task.learningRates, (rate) => rate * scheduleFactor(stage.schedule, step, progress));
  // Those of the last step, for the report.
  let used: Record<string, number> = {};
  const scalarsAt = (step: number, progress: number): StepInputs["scalars"] =>
    mapValues((used = rates(step, progress)), (rate) => ({
      ...adamW.scalars(stage, rate, step + 1),
      averageDecay: averageDecay(stage.averageDecay, step + 1),
    }));
  const batch = await task.draw(0, 0);
  const update = { ...stage, blocks: task.blocks };
  const { engine, communicator } = hooks;
  const examples = { trained, frozen, batch };
  const compiled = await compileAccumulatedStep(task.loss, update, examples, engine, communicator);
  const whole = (current: Record<string, TrainedState>): RunState => ({ ...state, ...current });
  const options: LoopOptions<Record<string, TrainedState>, StepInputs> = {
    state: trained,
    position,
    steps: stage.steps,
    maximumSeconds: stage.minutes === undefined ? undefined : stage.minutes * 60,
    draw: async (step, done) => ({ batch: await task.draw(step, done), scalars: scalarsAt(step, done) }),
    run: (current, { batch, scalars }) => compiled.run(current, frozen, batch, scalars),
    save: (current, at, done) => hooks.save(whole(current), at, done),
    report: (progress, current) => hooks.report({ ...progress, learningRate: used }, whole(current)),
    logEvery: hooks.logEvery,
    checkpointEverySteps: hooks.checkpointEvery.steps,
    checkpointEveryMinutes: hooks.checkpointEvery.minutes,
    signal: hooks.signal,
    communicator,
  };
  try {
    const result = await runSteps(options);
    return { ...result, state: whole(result.state) };
  } finally {
    await compiled.dispose();
  }
}
