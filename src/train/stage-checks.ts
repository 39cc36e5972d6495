import { classesOf } from "./classes.js";
import { type StageConfig, type TrainConfig } from "./config.js";

/** The kinds of stages that train the conditional flow map, a network of its own. */
export const conditionalKinds: readonly StageConfig["kind"][] = [
  "conditional-flow-matching",
  "conditional-mean-flow",
  "conditional-score",
];

/** The kinds of stages that observe their batch, a block of it a problem. */
export const observingKinds: readonly StageConfig["kind"][] = ["adapter", "joint", ...conditionalKinds];

/** What is wrong with a stage's labels, basis or accumulation, after the name of its entry; undefined if nothing is. */
export function stageProblem(stage: StageConfig, config: TrainConfig): string | undefined {
  return (
    labelProblem(stage, config) ??
    basisProblem(stage, config) ??
    distillationProblem(stage, config) ??
    frozenAdapterProblem(stage) ??
    scoreProblem(stage) ??
    accumulationProblem(stage, config.problems.length)
  );
}

// The basis is a parameter without a gradient: decay would shrink it, and latents are not the data that its axes are of.
function basisProblem({ kind, weightDecay }: StageConfig, { adapter, autoencoder }: TrainConfig): string | undefined {
  if (adapter?.basis !== "principal") return undefined;
  if (autoencoder !== undefined)
    return 'adapter.basis: "principal" axes are of images, not of an autoencoder\'s latents';
  const trained = kind === "adapter" || kind === "joint";
  return trained && weightDecay > 0
    ? 'weightDecay: it would shrink the adapter\'s "principal" basis: set it to 0'
    : undefined;
}

function labelProblem(stage: StageConfig, config: TrainConfig): string | undefined {
  if (!("guidance" in stage) || stage.guidance === undefined) return undefined;
  const { interval, by } = stage.guidance;
  if (interval[0] > interval[1]) return `guidance.interval: ${interval.join(" to ")} is empty`;
  if (classesOf(config) === 0) return "guidance: it leads towards labels, but flowMap has no classes";
  return by === "teacher" && config.teacher === undefined ? 'guidance.by: "teacher" needs a teacher' : undefined;
}

function distillationProblem(stage: StageConfig, config: TrainConfig): string | undefined {
  if (stage.kind !== "distillation") return undefined;
  if (classesOf(config) > 0) return "kind: distillation is of flow maps without classes";
  const observing = config.adapter !== undefined && config.problems.length > 0;
  return stage.alpha > 0 && !observing ? "alpha: the adapter's noise needs an adapter and problems" : undefined;
}

function frozenAdapterProblem(stage: StageConfig): string | undefined {
  if (stage.kind !== "joint" || stage.learningRate.adapter > 0) return undefined;
  const { observationWeight, klWeight, aggregateWeight, observationFlowMap } = stage;
  if (observationFlowMap === "trained" && observationWeight > 0) return undefined;
  return observationWeight + klWeight + aggregateWeight > 0
    ? "learningRate.adapter: at 0 the adapter's terms teach nothing: set their weights to 0"
    : undefined;
}

function scoreProblem(stage: StageConfig): string | undefined {
  if (stage.kind === "conditional-score" && stage.pixelWeight + stage.energyWeight === 0)
    return "pixelWeight: without a weight of one of the scores there is nothing to learn";
  return stage.kind === "adapter" && (stage.score?.priorWeight ?? 0) > 0
    ? "score.priorWeight: the flow map is frozen, and so is its prior: set it to 0"
    : undefined;
}

// Equal parts of every problem's block, jumps and the rest, are what makes the accumulated step the same.
function accumulationProblem(stage: StageConfig, problems: number): string | undefined {
  const { accumulate, batchSize, kind } = stage;
  if (accumulate === 1) return undefined;
  const blocks = observingKinds.includes(kind) ? Math.max(1, problems) : 1;
  const size = batchSize / blocks;
  const jumps = "jumpShare" in stage ? Math.round(stage.jumpShare * size) : 0;
  if (size % accumulate !== 0 || jumps % accumulate !== 0)
    return `accumulate: the ${size} samples of each problem, ${jumps} of them jumps, do not make ${accumulate} equal parts`;
  if ("aggregateWeight" in stage && stage.aggregateWeight > 0)
    return "accumulate: the aggregate divergence needs the batch in one part: set aggregateWeight to 0";
  if ("score" in stage && (stage.score?.priorWeight ?? 0) > 0)
    return "accumulate: the prior's score needs the batch in one part: set score.priorWeight to 0";
  const weights = [
    "adaptiveWeight" in stage && stage.adaptiveWeight,
    "totalAdaptiveWeight" in stage && stage.totalAdaptiveWeight,
  ];
  if (weights.some((weight) => typeof weight === "object" && weight.per === "batch"))
    return 'accumulate: an adaptive weight per "batch" needs the batch in one part: weigh per "sample"';
  return undefined;
}
