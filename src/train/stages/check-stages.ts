import { jumpCounts } from "./jumps.js";
import { sharingProblem, type StageSurroundings } from "./stage-kind.js";
import { type StageConfig, stageKind } from "./stages.js";

/**
 * The first error in a run's stages, after the path of its entry ("stages.1.batchSize: ..."); undefined if there is
 * none.
 */
export function stagesProblem(stages: readonly StageConfig[], surroundings: StageSurroundings): string | undefined {
  for (const [index, stage] of stages.entries()) {
    const problem =
      orderProblem(stage, index, surroundings) ??
      jumpProblem(stage, surroundings) ??
      observationProblem(stage, surroundings) ??
      stageProblem(stage, surroundings);
    if (problem !== undefined) return `stages.${index}${problem}`;
  }
  return undefined;
}

function orderProblem(
  { kind, startFrom }: StageConfig,
  index: number,
  { flowMap, autoencoder }: StageSurroundings,
): string | undefined {
  const isConditional = stageKind(kind).network === "conditional";
  if (flowMap === undefined && !isConditional) return `: a stage of kind "${kind}" needs "flowMap"`;
  if (autoencoder !== undefined && isConditional)
    return `: a stage of kind "${kind}" works on images, not on an autoencoder's latents: leave the autoencoder out`;
  return typeof startFrom === "object" && startFrom.stage >= index
    ? `.startFrom: ${startFrom.stage} is not an earlier stage: name one before ${index}, counted from 0`
    : undefined;
}

function observationProblem({ kind, batchSize }: StageConfig, surroundings: StageSurroundings): string | undefined {
  const { network, observes } = stageKind(kind);
  if (!observes) return undefined;
  if (surroundings[network] === undefined) return `: a stage of kind "${kind}" needs "${network}"`;
  const { length: count } = surroundings.problems;
  if (count === 0) return `: a stage of kind "${kind}" needs problems`;
  const problem = sharingProblem(batchSize, count);
  return problem && `.${problem}`;
}

function stageProblem(stage: StageConfig, surroundings: StageSurroundings): string | undefined {
  const kind = stageKind(stage.kind);
  const problem =
    labelProblem(stage, surroundings) ??
    kind.check?.(stage, surroundings) ??
    accumulationProblem(stage, kind.observes ? surroundings.problems.length : 1);
  return basisProblem(stage, surroundings) ?? (problem && `.${problem}`);
}

const jumping: readonly StageConfig["kind"][] = ["mean-flow", "distillation", "joint"];

// A velocity model ignores r, so that all jumps from a point would have the same velocity.
function jumpProblem({ kind }: StageConfig, { flowMap }: StageSurroundings): string | undefined {
  const model = flowMap?.config?.model ?? flowMap?.model;
  return model === "dit" && jumping.includes(kind)
    ? `: a stage of kind "${kind}" learns jumps, which the flow map "dit" cannot: use "dmft"`
    : undefined;
}

// The basis is a parameter without a gradient, so weight decay would shrink it; and its axes are those of the data, not
// of latents.
function basisProblem(
  { kind, weightDecay }: StageConfig,
  { adapter, autoencoder }: StageSurroundings,
): string | undefined {
  if (adapter?.basis !== "principal") return undefined;
  if (autoencoder !== undefined)
    return ': the adapter\'s "principal" basis is of images, not of an autoencoder\'s latents: use the basis "entries"';
  const trained = kind === "adapter" || kind === "joint";
  return trained && weightDecay > 0
    ? '.weightDecay: it would shrink the adapter\'s "principal" basis: set it to 0'
    : undefined;
}

function labelProblem(stage: StageConfig, surroundings: StageSurroundings): string | undefined {
  if (!("guidance" in stage) || stage.guidance === undefined) return undefined;
  const { interval, by } = stage.guidance;
  if (interval[0] > interval[1])
    return `guidance.interval: ${interval.join(" to ")} is empty: give two times, the earlier one first`;
  if ((surroundings.flowMap?.classes ?? 0) === 0)
    return 'guidance: it needs labels, but flowMap has no classes: set "classes" of the flow map, or leave guidance out';
  return by === "teacher" && surroundings.teacher === undefined
    ? 'guidance.by: there is no teacher: name one with "teacher"'
    : undefined;
}

// The accumulated step is the same only if every part has an equal share of each problem's block, of its jumps and of
// the rest.
function accumulationProblem(stage: StageConfig, blocks: number): string | undefined {
  const { accumulate, batchSize } = stage;
  if (accumulate === 1) return undefined;
  const size = batchSize / blocks;
  const jumps = "jumpShare" in stage ? jumpCounts(stage, blocks).jumps : 0;
  const whose = blocks > 1 ? `${size} samples of each problem` : `${size} samples`;
  if (size % accumulate !== 0 || jumps % accumulate !== 0)
    return `accumulate: the ${whose}, ${jumps} of them jumps, do not make ${accumulate} equal parts: change batchSize or jumpShare`;
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
