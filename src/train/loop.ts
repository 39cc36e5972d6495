import { type HostArray, namedLeaves, type Tree } from "../array/index.js";
import { agree, type Communicator, onEveryRank, singleProcess } from "../distributed/index.js";
import { LostProcessError, NonFiniteError } from "../errors.js";
import { checksum } from "./checksum.js";

/** The result of one compiled training step. */
export interface StepResult<State> {
  state: State;
  /** Named scalars: the losses and the norms of the gradients. */
  measures: Record<string, HostArray>;
}

/**
 * The position within a stage. It is saved beside the arrays, so that a resumed run continues like an uninterrupted
 * one.
 */
export interface Position {
  /** Number of steps done in this stage. */
  step: number;
  /** Seconds spent in this stage's steps, over all its runs. */
  seconds: number;
}

/** One line of the log and of the progress report: the position in the stage and its measures. */
export interface Progress extends Position {
  /** The median of each measure over the steps since the last line, because single values of flow-map losses spike. */
  measures: Record<string, number>;
  /** The share of the stage that is done, in [0, 1]. */
  done: number;
  stepsPerSecond: number;
  secondsLeft: number;
}

/** Options of `runSteps`. */
export interface LoopOptions<State, Inputs> {
  state: State;
  position: Position;
  /** The stage ends after this many steps ... */
  steps: number;
  /** ... or, if given, after this many seconds of training, whichever comes first. */
  maximumSeconds?: number | undefined;
  /**
   * Draws the inputs of step number `step` besides the state; `done` in [0, 1] is the share of the stage that is done.
   */
  draw(step: number, done: number): Inputs | Promise<Inputs>;
  run(state: State, inputs: Inputs): Promise<StepResult<State>>;
  /** Saves the state; called at each checkpoint, at the end, on abort, and with the last good state on failure. */
  save(state: State, position: Position, complete: boolean): Promise<void>;
  /** Called for each line of the log, with the current state. The loop awaits its result. */
  report(progress: Progress, state: State): Promise<void> | void;
  logEvery: number;
  checkpointEverySteps?: number | undefined;
  checkpointEveryMinutes?: number | undefined;
  signal?: AbortSignal | undefined;
  /** The ranks that run these steps together. Default: this process alone. */
  communicator?: Communicator | undefined;
}

/** How a stage's loop ended. */
export interface LoopResult<State> {
  state: State;
  position: Position;
  /** False if the abort signal ended it. */
  complete: boolean;
}

/** Steps between two comparisons of the ranks' states. */
const compareEvery = 100;

/**
 * Runs the steps of one stage.
 *
 * @throws NonFiniteError after a step whose loss or gradient is not finite; the state before that step is saved
 * @throws NonFiniteError after a step that makes the state itself not finite; the state saved earlier is kept
 * @throws DistributedError if ranks no longer have the same state
 * @throws LostProcessError if a rank does not answer; the state before that step is saved
 */
export async function runSteps<State extends Tree<HostArray>, Inputs>(
  options: LoopOptions<State, Inputs>,
): Promise<LoopResult<State>> {
  const { steps, maximumSeconds = Infinity, draw, run, save, report, signal } = options;
  const { logEvery, checkpointEverySteps = Infinity, checkpointEveryMinutes = Infinity } = options;
  const { communicator = singleProcess } = options;
  let { state } = options;
  let { step, seconds } = options.position;
  let window: Record<string, number>[] = [];
  let windowSeconds = 0;
  let lastSave = performance.now();
  // A state from which the run was resumed is on disk already, and is not replaced.
  let savedStep = step > 0 ? step : -1;
  const done = (): number => Math.min(1, Math.max(step / steps, seconds / maximumSeconds));
  const ended = (): boolean => step >= steps || seconds >= maximumSeconds;

  /** Every rank takes the same decision. */
  const shouldContinue = async (): Promise<boolean> => {
    const compared = communicator.size > 1 && step % compareEvery === 0;
    const own = { stop: signal?.aborted === true, seconds, checksum: compared ? checksum(state) : undefined };
    const agreed = await agree(communicator, own);
    ({ seconds } = agreed);
    return !ended() && !agreed.stop;
  };
  const saveIfLost = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      if (error instanceof LostProcessError) await save(state, { step, seconds }, false);
      throw error;
    }
  };

  while (await saveIfLost(shouldContinue())) {
    const start = performance.now();
    const inputs = await draw(step, done());
    const result = await saveIfLost(run(state, inputs));
    const measures = Object.fromEntries(Object.entries(result.measures).map(([name, { data }]) => [name, data[0]]));
    const bad = Object.keys(measures).find((name) => !Number.isFinite(measures[name]));
    if (bad !== undefined) await stopAtNonFinite(bad, state, { step, seconds }, save);

    ({ state } = result);
    step += 1;
    const took = (performance.now() - start) / 1000;
    seconds += took;
    windowSeconds += took;
    window.push(measures);
    if (step % logEvery === 0 || ended()) {
      const stepsPerSecond = window.length / windowSeconds;
      const secondsLeft = Math.min((steps - step) / stepsPerSecond, maximumSeconds - seconds);
      const progress = { step, seconds, measures: medians(window), done: done(), stepsPerSecond };
      await report({ ...progress, secondsLeft: Math.max(0, secondsLeft) }, state);
      window = [];
      windowSeconds = 0;
    }
    const dueOnAll = step % checkpointEverySteps === 0;
    const due = dueOnAll || performance.now() - lastSave >= checkpointEveryMinutes * 60_000;
    if (due && !ended()) {
      const broken = brokenAfter(state, step);
      // Each rank has its own clock, so the others may not be here.
      if (broken !== undefined) throw dueOnAll ? onEveryRank(broken) : broken;
      await save(state, { step, seconds }, false);
      lastSave = performance.now();
      savedStep = step;
    }
  }
  const position = { step, seconds };
  const broken = brokenAfter(state, step);
  if (broken !== undefined) throw onEveryRank(broken);
  if (savedStep !== step || ended()) await save(state, position, ended());
  return { state, position, complete: ended() };
}

async function stopAtNonFinite<State extends Tree<HostArray>>(
  measure: string,
  lastGood: State,
  position: Position,
  save: (state: State, position: Position, complete: boolean) => Promise<void>,
): Promise<never> {
  const broken = brokenArray(lastGood);
  if (broken === undefined) await save(lastGood, position, false);
  // The measures are equal on every rank.
  const error = new NonFiniteError(
    `${measure} is not finite at step ${position.step + 1}; ` +
      (broken === undefined
        ? "the state before it is saved"
        : `${broken} was not finite before it, the state saved earlier is kept`) +
      ": lower the learning rate or the clipping norm",
  );
  throw onEveryRank(error);
}

// A step's measures are those of the state before it: an update that is not finite shows in the next step only.
function brokenAfter(state: Tree<HostArray>, step: number): NonFiniteError | undefined {
  const broken = brokenArray(state);
  if (broken === undefined) return undefined;
  return new NonFiniteError(
    `${broken} is not finite after step ${step}; the state saved earlier is kept: lower the learning rate or the clipping norm`,
  );
}

/** The name of the first array that has an element that is not finite; undefined if there is none. */
function brokenArray(state: Tree<HostArray>): string | undefined {
  return namedLeaves(state).find(({ array }) => !array.data.every(Number.isFinite))?.name;
}

function medians(window: Record<string, number>[]): Record<string, number> {
  const middle = (name: string): number => {
    const sorted = window.map((measures) => measures[name]).sort((a, b) => a - b);
    const half = sorted.length >> 1;
    return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  };
  return Object.fromEntries(Object.keys(window[0]).map((name) => [name, middle(name)]));
}
