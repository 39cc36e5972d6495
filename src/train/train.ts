import { namedLeaves, randomSource, shapesOnly } from "../array/index.js";
import { type Backend, type Device, engineRules, requireDevice } from "../compile/index.js";
import { InputError } from "../errors.js";
import {
  type FlowMapNetwork,
  type NetworkParameters,
  parametersOf,
  specOf,
  variationalFlowMap,
} from "../models/index.js";
import { aFunction, anObject, aText, checkOptions, type OptionRules, trueOrFalse } from "../options.js";
import { type TrainedModel } from "../vfm/index.js";
import { type Communicator, fromRankZero, onAllOrNone, singleProcess } from "../distributed/index.js";
import { filledRun } from "./filled-run.js";
import { checkRun, requireForm, requirePlainKeys, requireParts } from "./check-run.js";
import { folderStore } from "./folder-store.js";
import { latentEncoder } from "./latents.js";
import { withPrincipalAxes } from "./principal-axes.js";
import { mapValues } from "./object-entries.js";
import { type Run } from "./run.js";
import { stageStart } from "./run-stage.js";
import { runStages, type TrainProgress } from "./run-stages.js";
import { memoryStore, type RunStore } from "./run-store.js";
import { sharedStore } from "./shared-store.js";
import { stageTask } from "./stage-task.js";
import { asNetwork, averagesOf, type RunState } from "./run-state.js";

/** Options of `train`. */
export interface TrainOptions {
  /**
   * The folder of the run's files: config.json, log.jsonl, state/, checkpoint/ and stages/. Files of other names stay;
   * a run does not start in a folder that holds others of these names. Without it nothing is written.
   */
  out?: string | undefined;
  /** Whether to resume the run in `out`. */
  resume?: boolean | undefined;
  /** Called for every line of the log, every `logEvery` steps. If it returns a promise, training waits for it. */
  onProgress?: ((progress: TrainProgress) => unknown) | undefined;
  /** Stops the run after the current step; its state is saved. */
  signal?: AbortSignal | undefined;
  /** The engine. Default: "onnx". */
  backend?: Backend | undefined;
  /** Threads of the onnx engine. Default: all cores. */
  threads?: number | undefined;
  /** The device of the onnx engine. Default: "cpu". */
  device?: Device | undefined;
  /**
   * The processes that train together, e.g. `connectMpi()` of `variational-flow-maps/node`. Default: this process
   * alone. Each process calls `train` with the same run, and computes its share of the `accumulate` parts of every
   * batch; all have the same result. Only rank 0 reads and writes `out` and calls `onProgress`.
   */
  communicator?: Communicator | undefined;
}

const trainRules: OptionRules<TrainOptions> = {
  ...engineRules,
  out: aText,
  resume: trueOrFalse,
  onProgress: aFunction,
  signal: anObject,
  communicator: anObject,
};

/** The result of a run. */
export interface TrainResult {
  /** False if the abort signal ended it; with `out`, it can be resumed. */
  complete: boolean;
  /** The trained model, for `samplePosterior` and `samplePrior`; absent if the run has only a conditional flow map. */
  model?: TrainedModel;
  /** The moving averages of the networks' parameters, by network name. */
  networks: NetworkParameters;
  /** Duration of all stages in seconds, including those before an interruption. */
  seconds: number;
  /** With `out`, the log file ... */
  log?: string | undefined;
  /** ... and the folder of the checkpoint, which contains `networks`. */
  checkpoint?: string | undefined;
}

/**
 * Trains networks stage by stage: a flow map and its noise adapter, or a conditional flow map.
 *
 * Everything random depends on the run's seed, the stage and the step alone: the same run gives the same bits, whether
 * or not it is interrupted (unless a stage has a time limit), on any number of ranks.
 *
 * @example
 * const problems = [imageProblem("denoise", { sigma: 0.5 })];
 * const shape = [1, 28, 28];
 * const { model } = await train({
 *   data: fromArrays(images),
 *   flowMap: unet({ shape }),
 *   adapter: unetAdapter({ shape }),
 *   problems,
 *   stages: [flowMatching({ steps: 2000 }), joint({ steps: 1000 })],
 *   seed: 0,
 * });
 * @returns the trained networks, the model if there is a flow map, and the files that were written
 * @throws InputError if a part of the run or an option is not valid, the parts of the run do not fit each other, or
 *   `out` or the device cannot be used
 * @throws NonFiniteError if a loss or gradient is not finite; with `out`, the last good state is saved
 * @throws DistributedError if ranks no longer have the same parameters; LostProcessError if one does not answer; with
 *   `out`, the last good state is then saved
 */
export function train(
  run: Run & { readonly flowMap: FlowMapNetwork },
  options?: TrainOptions,
): Promise<TrainResult & { model: TrainedModel }>;
export function train(run: Run, options?: TrainOptions): Promise<TrainResult>;
export async function train(given: Run, options: TrainOptions = {}): Promise<TrainResult> {
  checkOptions("train", options, trainRules);
  const { out, resume = false, onProgress, signal, backend, threads, device = "cpu" } = options;
  const { communicator = singleProcess } = options;
  const engine = { backend, threads, device };
  if (resume && out === undefined)
    throw new InputError("train: resume continues the run in a folder: name it with out");
  const run = await onAllOrNone(communicator, async () => {
    await requireDevice(device);
    const checked = filledRun(given);
    checkRun(checked);
    requireParts(checked.stages, communicator.size);
    return checked;
  });
  const files = out === undefined ? memoryStore() : folderStore(out, run.checkpointPrecision ?? "float32");
  const store = sharedStore(files, communicator);
  const record = run.record ?? recordOf(run);
  const identity = { record: { ...record, stages: run.stages }, engine: { backend: backend ?? "onnx", device } };
  let encoder: ReturnType<typeof latentEncoder> | undefined;
  try {
    const saved = await store.open(identity, resume);
    const networks = await onAllOrNone(communicator, () =>
      withPrincipalAxes(run, mapValues(startingNetworks(run), asNetwork)),
    );
    // Rank 0 sends its parameters, because processors of another kind may round differently.
    const initial = await fromRankZero(communicator, async () => networks);
    const { autoencoder } = run;
    encoder = autoencoder && latentEncoder(autoencoder, engine, () => state.autoencoder.parameters);
    const tasks = run.stages.map((stage, index) => stageTask(stage, index, run, encoder?.encode));
    await store.begin(identity);
    const start = stageStart(tasks[saved?.stage ?? 0], initial, "parameters");
    const position = saved ?? { stage: 0, step: 0, seconds: 0, complete: false, history: [] };
    const state = saved === undefined ? start : await store.readState(saved, start);
    await store.trimLog(position.stage, position.step);
    const ended = await runStages(
      { run, tasks, store, record, engine, onProgress, signal, communicator },
      position,
      state,
    );
    await communicator.barrier();
    return result(run, store, ended);
  } finally {
    await encoder?.dispose();
    await store.close();
  }
}

/** The initial parameters of a run's networks: those given, or else drawn from the run's seed. */
export function startingNetworks({ initial = {}, seed, ...networks }: Omit<Run, "data" | "stages">): NetworkParameters {
  return parametersOf(networks, (name, network) => {
    const given = initial[name];
    const own = network.config === undefined || !("model" in network.config);
    // A model without an adapter has no parameters for one.
    if (given === undefined || namedLeaves(given).length === 0) {
      const drawn = network.initialise(randomSource(seed, "initialise", name));
      requirePlainKeys(name, drawn);
      return drawn;
    }
    requireForm(name, given, network.initialise(own ? randomSource(seed) : shapesOnly));
    return given;
  });
}

/** The record of a run without a configuration: all of it that is plain data. */
function recordOf(run: Run): Readonly<Record<string, unknown>> {
  const { data, problems = [], stages, seed, logEvery, checkpointEvery, checkpointPrecision } = run;
  const { count, sampleShape } = data;
  const plain = { stages, logEvery, checkpointEvery, checkpointPrecision };
  return { seed, data: { kind: "own", count, sampleShape }, ...specOf(run, problems), ...plain };
}

function result(
  run: Run,
  { files }: RunStore,
  { complete, state, seconds }: { complete: boolean; state: RunState; seconds: number },
): TrainResult {
  const networks = averagesOf(state);
  const { flowMap, problems = [] } = run;
  return {
    complete,
    ...(flowMap && {
      model: variationalFlowMap({ ...run, flowMap }, networks, { problems, source: "the trained model" }),
    }),
    networks,
    seconds,
    ...files,
  };
}
