import { join } from "node:path";
import { loadCheckpoint } from "../../src/checkpoint/index.js";
import { stageCheckpoint } from "../../src/train/index.js";
import { type TrainConfig } from "../../src/train/configuration/index.js";
import { type VariationalFlowMap } from "../../src/vfm/index.js";
import { type Cases, drawCases, type EvaluationSize } from "./cases.js";
import { evaluateExact, evaluateModel } from "./evaluation.js";
import { type KeptRun } from "./kept.js";
import { readLosses } from "./losses.js";
import { phasesOf, type RunOptions, trainBase, type TrainedPhase, trainPhase } from "./phases.js";
import { mapExact, mapModel, type ModelPlanes } from "./planes.js";
import { type CheckerboardResult, type ScoresBySteps } from "./result.js";
import { openPointSampler, type PointSampler } from "./sampler.js";

/** Options of `runCheckerboard`. */
export interface CheckerboardRun extends RunOptions {
  /** The name of the configuration. */
  preset: string;
  size: EvaluationSize;
  /** Number of steps of the joint stages. Default: the configuration's own. */
  iterations?: number;
}

/**
 * Runs the experiment: trains the flow map, and from it the joint model and the adapter alone; scores both and the
 * exact posterior.
 *
 * @throws InputError if the configuration is not one of the checkerboard with joint stages, or the folder cannot be used
 * @throws InterruptedPhase if the signal ended it; it can be resumed with `resume`, and gives the same numbers
 */
export async function runCheckerboard(config: TrainConfig, options: CheckerboardRun): Promise<KeptRun> {
  const { preset, folder, size, iterations, backend, signal, onProgress } = options;
  const { seed } = config;
  const phases = phasesOf(config, folder, iterations);
  const base = await trainBase(phases, options);
  const joint = await trainPhase("joint", phases.joint(), options);
  const frozen = await trainPhase("frozen", phases.frozen, options);

  const start = performance.now();
  onProgress?.(1, "evaluation");
  const cases = drawCases(phases.sigma, size, seed);
  const evaluated = async (phase: TrainedPhase) => {
    signal?.throwIfAborted();
    return evaluatePhase(phase, cases, size, seed, backend);
  };
  const [ofJoint, ofFrozen] = [await evaluated(joint), await evaluated(frozen)];
  signal?.throwIfAborted();
  const exact = evaluateExact(cases, size, seed);
  const stages: NonNullable<CheckerboardResult["stages"]> = [];
  for (const [index, { kind, steps }] of phases.joint().stages.slice(0, -1).entries()) {
    signal?.throwIfAborted();
    const { model } = await loadCheckpoint(stageCheckpoint(join(folder, "joint"), index, kind));
    const scores = await usingSampler(model, backend, (sampler) => evaluateModel(sampler, cases, size, seed));
    stages.push({ name: kind, steps, ...scores });
  }
  const evaluationSeconds = (performance.now() - start) / 1000;
  return {
    result: {
      preset,
      seed,
      iterations: phases.iterations,
      seconds: base.seconds + joint.seconds + frozen.seconds + evaluationSeconds,
      pairs: size.pairs,
      samples: size.samples,
      joint: ofJoint.scores,
      frozen: ofFrozen.scores,
      exact,
      ...(stages.length > 0 && { stages }),
    },
    figures: {
      planes: { joint: ofJoint.planes, frozen: ofFrozen.planes, exact: mapExact(phases.sigma, seed) },
      losses: await readLosses(folder, ["base", "joint", "frozen"]),
    },
  };
}

/** Scores a trained model and maps its planes. */
export async function evaluatePhase(
  { model }: TrainedPhase,
  cases: Cases,
  size: EvaluationSize,
  seed: number,
  backend: RunOptions["backend"],
): Promise<{ scores: ScoresBySteps; planes: ModelPlanes }> {
  return usingSampler(model, backend, async (sampler) => ({
    scores: await evaluateModel(sampler, cases, size, seed),
    planes: await mapModel(sampler, seed),
  }));
}

async function usingSampler<T>(
  model: VariationalFlowMap,
  backend: RunOptions["backend"],
  use: (sampler: PointSampler) => Promise<T>,
): Promise<T> {
  const sampler = await openPointSampler(model, backend);
  try {
    return await use(sampler);
  } finally {
    await sampler.dispose();
  }
}
