import { join } from "node:path";
import { type Backend } from "../../src/compile/index.js";
import { InputError, VfmError } from "../../src/errors.js";
import { loadCheckpoint, type LoadedModel } from "../../src/checkpoint/index.js";
import { holdsRun, stageCheckpoint, train } from "../../src/train/index.js";
import { frozenStage, parseTrainConfig, resolve, type TrainConfig } from "../../src/train/configuration/index.js";

/**
 * The changes of a variant of the experiment: entries of every joint stage (a single number for tau keeps it constant),
 * and of the adapter.
 */
export interface Variant {
  settings?: Readonly<Record<string, unknown>>;
  adapter?: Readonly<Record<string, unknown>>;
}

/**
 * The parts of a run: the flow map by itself, then either joint training or the adapter alone. Both start from the
 * base's last flow map, unless the first joint stage names another stage of the base (`startFrom`).
 */
export interface Phases {
  base: TrainConfig;
  /** The stages from the first joint one, starting from the base's flow map. */
  joint(variant?: Variant): TrainConfig;
  /** The same number of steps for the adapter alone: the baseline. */
  frozen: TrainConfig;
  /** Number of steps of the stages from the first joint one. */
  iterations: number;
  /** Standard deviation of the observation's noise. */
  sigma: number;
}

/** Names of the phases' folders in an experiment's folder. */
const baseFolder = "base";

/**
 * Splits a training configuration of the checkerboard into its phases.
 *
 * @param folder the experiment's folder, with the base's checkpoint from which the other phases start
 * @param iterations number of steps of the stages from the first joint one. Default: the configuration's own
 * @throws InputError if it is not for the checkerboard, or has no stages of the flow map alone or no joint stage
 */
export function phasesOf(config: TrainConfig, folder: string, iterations?: number): Phases {
  const { data, stages, problems } = config;
  const first = stages.findIndex(({ kind }) => kind === "joint");
  const joint = stages.at(first);
  if (data.kind !== "checkerboard" || first < 1 || joint?.kind !== "joint")
    throw new InputError("the experiment needs data of kind checkerboard, stages of the flow map, then a joint stage");
  if (stages.slice(first + 1).some((stage) => typeof stage.startFrom === "object"))
    throw new InputError("startFrom: of the joint stages only the first may start from an earlier stage");
  const [{ sigma }] = problems;
  if (sigma === undefined) throw new InputError("the experiment's problem needs sigma: its noise is Gaussian");
  const own = stages.slice(first).reduce((sum, { steps }) => sum + steps, 0);
  const scale = (iterations ?? own) / own;
  const scaled = stages
    .slice(first)
    .map((stage) => ({ ...stage, steps: Math.max(1, Math.round(scale * stage.steps)) }));
  const total = scaled.reduce((sum, { steps }) => sum + steps, 0);
  const baseRun = join(folder, baseFolder);
  const initialFrom = join(baseRun, "checkpoint");
  const { startFrom } = joint;
  return {
    base: { ...config, adapter: undefined, problems: [], stages: stages.slice(0, first) },
    joint: ({ settings = {}, adapter = {} } = {}) =>
      parseTrainConfig(
        {
          ...config,
          initialFrom:
            typeof startFrom === "object"
              ? stageCheckpoint(baseRun, startFrom.stage, stages[startFrom.stage].kind)
              : initialFrom,
          adapter: { ...config.adapter, ...adapter },
          stages: withJointSettings([{ ...scaled[0], startFrom: "average" }, ...scaled.slice(1)], settings),
        },
        "the variant",
      ),
    frozen: {
      ...config,
      initialFrom,
      stages: [{ ...frozenStage(joint), startFrom: "average", steps: total }],
    },
    iterations: total,
    sigma,
  };
}

/** The stages with the entries of a `Variant` in the joint ones. They are not yet validated. */
export function withJointSettings(
  stages: TrainConfig["stages"],
  settings: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>>[] {
  return stages.map((stage) => (stage.kind === "joint" ? { ...stage, ...spreadTau(settings) } : stage));
}

function spreadTau(settings: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { tau } = settings;
  return typeof tau === "number" ? { ...settings, tau: { start: tau, end: tau } } : settings;
}

/** How phases are run. */
export interface RunOptions {
  /** The experiment's folder. */
  folder: string;
  /** Whether to resume the run in the folder. */
  resume: boolean;
  signal?: AbortSignal;
  threads?: number;
  backend?: Backend;
  /** Called with the share of the phase that is done, and a description of the work. */
  onProgress?(done: number, label: string): void;
}

/** A phase's model, and the seconds that its training took. */
export interface TrainedPhase extends LoadedModel {
  seconds: number;
}

/** The signal of `RunOptions` ended a phase, whose state is saved. */
export class InterruptedPhase extends VfmError {
  override name = "InterruptedPhase";
}

/**
 * Trains a phase in its own folder inside the experiment's, or resumes it.
 *
 * @throws InterruptedPhase if the signal ended it
 */
export async function trainPhase(name: string, config: TrainConfig, options: RunOptions): Promise<TrainedPhase> {
  const { folder, resume, signal, threads, backend, onProgress } = options;
  const { complete, seconds } = await train(await resolve(config), {
    out: join(folder, name),
    resume: resume && (await holdsRun(join(folder, name))),
    signal,
    threads,
    backend,
    onProgress: ({ stage, kind, step, steps, done, measures }) => {
      const share = (stage + done) / config.stages.length;
      onProgress?.(share, `${name}: ${kind}, step ${step}/${steps}, loss ${measures.loss.toPrecision(3)}`);
    },
  });
  if (!complete)
    throw new InterruptedPhase(`interrupted in ${join(folder, name)}, state saved: continue it with --resume`);
  const loaded = await loadCheckpoint(join(folder, name, "checkpoint"));
  return { ...loaded, seconds };
}

/** Trains the base of an experiment, from which the other phases start. */
export function trainBase(phases: Phases, options: RunOptions): Promise<TrainedPhase> {
  return trainPhase(baseFolder, phases.base, options);
}
