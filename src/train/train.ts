import { readJson, writeFileAtomically } from "../storage/index.js";
import { withPrincipalAxes } from "./principal-axes.js";
import { isDeepStrictEqual } from "node:util";
import { join } from "node:path";
import { type Backend, type CompileOptions, type Device, requireDevice } from "../compile/index.js";
import { InputError } from "../errors.js";
import { autoencoderModel } from "../models/index.js";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.js";
import { classesOf } from "./classes.js";
import { type TrainConfig, trainConfigSchema } from "./config.js";
import { loadTrainingData, requireLabels } from "./data.js";
import { latentEncoder, type TrainingAutoencoder } from "./latents.js";
import { appendLog, trimLog } from "./log.js";
import { type Position } from "./loop.js";
import { requireFit, sampleShapeOf, startingNetworks } from "./networks.js";
import { problemsFor } from "./problems.js";
import { filterKeys, mapValues } from "./records.js";
import { runStage, type StageProgress, stageStart } from "./run.js";
import {
  type NetworkState,
  type Parameters,
  readPosition,
  readState,
  type RunPosition,
  type RunState,
  saveState,
} from "./state.js";
import { stageTask } from "./stage-task.js";
import { readTeacher } from "./teacher.js";

/** What a progress callback is told. */
export interface TrainProgress extends StageProgress {
  /** Number of the stage, from 0. */
  stage: number;
  kind: string;
  /** Number of steps of the stage, unless its time ends it first. */
  steps: number;
}

/** Options of `train`. */
export interface TrainOptions {
  /** Where the run's files go: config.json, log.jsonl, state/, checkpoint/ and stages/. */
  runDirectory: string;
  /** Go on with the run that stands in `runDirectory`. */
  resume?: boolean;
  onProgress?(progress: TrainProgress): void;
  /** Stops the run after the step at work, with its state saved. */
  signal?: AbortSignal;
  backend?: Backend;
  /** Threads of the onnx engine; all cores if not given. */
  threads?: number;
  /** Where the onnx engine computes; "cpu" if not given. */
  device?: Device;
}

/** How a run ended. */
export interface TrainResult {
  /** False if the abort signal ended it; `resume` goes on. */
  complete: boolean;
  /** The checkpoint's folder. */
  checkpoint: string;
}

/**
 * Trains a flow map and a noise adapter, stage by stage.
 *
 * Everything random is drawn from the configuration's seed, the stage and the step: the same configuration gives the
 * same bits, interrupted or not (unless a stage is limited by time).
 *
 * @returns the folder of the checkpoint, which holds the moving averages
 * @throws InputError if the configuration, the data, `runDirectory` or the device cannot be used
 * @throws NonFiniteError if a loss or gradient is not finite; the last good state is saved
 */
export async function train(config: TrainConfig, options: TrainOptions): Promise<TrainResult> {
  const { runDirectory, resume = false, onProgress, signal, backend, threads, device = "cpu" } = options;
  await requireDevice(device);
  const paths = runPaths(runDirectory);
  const saved = await savedPosition(config, paths, resume);
  const data = await loadTrainingData(config.data, config.seed);
  const sampleShape = sampleShapeOf(config);
  requireFit(config, data.sampleShape, problemsFor(config.problems, data.sampleShape));
  requireLabels(data, classesOf(config));
  const teacher = await readTeacher(config);
  const initial = await withPrincipalAxes(config, await initialState(config), data);
  const autoencoder = trainingAutoencoder(config, initial, { backend, threads, device });
  const helpers = { teacher, autoencoder };
  const tasks = config.stages.map((stage, index) => stageTask(stage, index, config, data, helpers));
  await writeFileAtomically(paths.config, `${JSON.stringify(config, null, 2)}\n`);

  let position: RunPosition = saved ?? { stage: 0, step: 0, seconds: 0, complete: false, history: [] };
  const start = stageStart(tasks[position.stage], initial, "parameters");
  let state = saved === undefined ? start : await readState(paths.state, saved, start);
  await trimLog(paths.log, position.stage, position.step);
  for (;;) {
    const { stage: index, history } = position;
    const stage = config.stages[index];
    const at = (now: Position, complete: boolean): RunPosition => ({ stage: index, history, complete, ...now });
    if (!position.complete) {
      const { step, seconds } = position;
      const engine = { backend, threads, device };
      await tasks[index].prepare?.(state, { path: join(runDirectory, `stage-${index}`), begun: step > 0, engine });
      const result = await runStage(
        stage,
        tasks[index],
        state,
        { step, seconds },
        {
          save: async (current, now, complete) => {
            const networks = mapValues(current, averageOf);
            const stages = [...history, { kind: stage.kind, steps: now.step, seconds: now.seconds }];
            const about = { sampleShape, configuration: config, stages };
            await writeCheckpoint(paths.checkpoint, networks, about);
            if (complete) await writeCheckpoint(stageCheckpoint(runDirectory, config, index), networks, about);
            await saveState(paths.state, current, at(now, complete));
          },
          report: async (progress) => {
            const { step: done, seconds: took, learningRate, measures } = progress;
            await appendLog(paths.log, {
              stage: index,
              kind: stage.kind,
              step: done,
              seconds: took,
              learningRate,
              measures,
            });
            onProgress?.({ ...progress, stage: index, kind: stage.kind, steps: stage.steps });
          },
          signal,
          logEvery: config.logEvery,
          checkpointEvery: config.checkpointEvery,
          engine,
        },
      );
      ({ state } = result);
      position = at(result.position, result.complete);
    }
    if (!position.complete) return { complete: false, checkpoint: paths.checkpoint };
    if (index + 1 === config.stages.length) return { complete: true, checkpoint: paths.checkpoint };
    const record = { kind: stage.kind, steps: position.step, seconds: position.seconds };
    position = { stage: index + 1, step: 0, seconds: 0, complete: false, history: [...history, record] };
    const { startFrom } = config.stages[index + 1];
    const before =
      typeof startFrom === "object"
        ? await stateAfter(stageCheckpoint(runDirectory, config, startFrom.stage), state)
        : state;
    state = stageStart(tasks[index + 1], before, typeof startFrom === "object" ? "parameters" : startFrom);
  }
}

interface RunPaths {
  config: string;
  log: string;
  state: string;
  checkpoint: string;
}

function runPaths(runDirectory: string): RunPaths {
  const inRun = (name: string): string => join(runDirectory, name);
  return {
    config: inRun("config.json"),
    log: inRun("log.jsonl"),
    state: inRun("state"),
    checkpoint: inRun("checkpoint"),
  };
}

/** The folder of the checkpoint that a stage, counted from 0, leaves in its run's folder. */
export function stageCheckpoint(runDirectory: string, { stages }: TrainConfig, stage: number): string {
  return join(runDirectory, "stages", `${stage}-${stages[stage].kind}`);
}

/** The networks as an earlier stage left them. */
async function stateAfter(checkpoint: string, now: RunState): Promise<RunState> {
  const { networks } = await readCheckpoint(checkpoint);
  return mapValues(now, (network, name) => (networks[name] ? asNetwork(networks[name]) : network));
}

/** Where the run in the folder stands; undefined if it has to start. Throws InputError if it is not this run's. */
async function savedPosition(config: TrainConfig, paths: RunPaths, resume: boolean): Promise<RunPosition | undefined> {
  const position = await readPosition(paths.state);
  if (position === undefined) return undefined;
  if (!resume) throw new InputError(`${paths.state} holds a run: resume it, or name another folder`);
  const before = await readJson(paths.config, trainConfigSchema);
  const changed = Object.keys(config).find(
    (key) => !isDeepStrictEqual(config[key as keyof TrainConfig], before[key as keyof TrainConfig]),
  );
  if (changed !== undefined)
    throw new InputError(`${paths.config}: ${changed} is not what the run to resume was started with`);
  return position;
}

/** The networks that the first stage starts from: fresh, or those of the checkpoint `initialFrom`. */
async function initialState(config: TrainConfig): Promise<RunState> {
  const fresh = await startingNetworks(config);
  if (config.initialFrom === undefined) return mapValues(fresh, asNetwork);
  const { metadata, networks } = await readCheckpoint(config.initialFrom);
  for (const name of ["flowMap", "adapter", "conditional"] as const) {
    const [ours, theirs] = [config[name], metadata.configuration[name]];
    if (ours !== undefined && theirs !== undefined && !isDeepStrictEqual(withoutSize(ours), withoutSize(theirs)))
      throw new InputError(`${config.initialFrom}: its ${name} is ${JSON.stringify(theirs)}, not the configuration's`);
  }
  return mapValues(fresh, (parameters, name) => asNetwork(networks[name] ?? parameters));
}

/** The configured autoencoder with its frozen parameters, if there is one. */
function trainingAutoencoder(
  { autoencoder }: TrainConfig,
  initial: RunState,
  engine: CompileOptions,
): TrainingAutoencoder | undefined {
  if (autoencoder === undefined) return undefined;
  const model = autoencoderModel(autoencoder);
  return { model, encode: latentEncoder(model, initial.autoencoder.parameters, engine) };
}

// A named size says what other keys say too.
function withoutSize(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return filterKeys(config, (key) => key !== "size");
}

function asNetwork(parameters: Parameters): NetworkState {
  return { parameters };
}

function averageOf({ average, parameters }: NetworkState): Parameters {
  return average ?? parameters;
}
