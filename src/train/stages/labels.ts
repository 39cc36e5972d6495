import {
  concatenate,
  constant,
  equal,
  hostArray,
  type HostArray,
  mul,
  type NDArray,
  ones,
  type RandomSource,
  stopGradient,
  sub,
  toFloat,
} from "../../array/index.js";
import { type FlowConditions, type FlowPoint, guidedVelocity, type LabelledMeanVelocity } from "../../flow/index.js";
import { type GuidanceConfig } from "./schema-entries.js";
import { type HostBatch, type Networks, type TracedBatch } from "../step.js";
import { type TaskContext } from "./task-context.js";

/** The settings of a stage that is conditioned on labels. */
interface LabelSettings {
  labelDropout: number;
  guidance?: GuidanceConfig | undefined;
}

/**
 * The labels of step number `step`: `labels`, and `keptLabels`, where each label is dropped with probability
 * `labelDropout` and replaced by `classes`, the row of "no label", so that the network also learns the data without
 * labels. Empty if the flow map knows no labels.
 */
export function drawLabels(
  { labelDropout }: Pick<LabelSettings, "labelDropout">,
  context: TaskContext,
  step: number,
  random: RandomSource,
): HostBatch {
  const labels = context.labels(step);
  if (labels === undefined) return {};
  const kept = labels.map((label) => (random.uniform() < labelDropout ? context.classes : label));
  return { labels: hostArray(labels, [labels.length]), keptLabels: hostArray(kept, [kept.length]) };
}

/**
 * The condition and the target of a stage's flow loss: the labels after dropout and, with guidance, the target velocity
 *
 *     v + omega stopgrad(u(x_t, t, t, label) - u(x_t, t, t, null)),   g_min <= t <= g_max,
 *
 * where u is the flow map in training (model guidance, Tang et al. 2025), its moving average, or a frozen teacher. With
 * a teacher, its guided velocity also replaces v (distillation).
 */
export function flowConditions(
  { guidance }: LabelSettings,
  context: TaskContext,
  networks: Networks,
  averages: Networks,
  batch: TracedBatch,
): FlowConditions {
  const labels = keptLabelsOf(batch);
  if (labels === undefined) return {};
  if (guidance === undefined) return { labels };
  const [u, replacesVelocity] = guide(guidance, context, networks, averages);
  const targetVelocity = (point: FlowPoint): NDArray => {
    const given = point.labels;
    const labelled = (x: NDArray, r: NDArray, t: NDArray): NDArray => u(x, r, t, given);
    const unlabelled = (x: NDArray, r: NDArray, t: NDArray): NDArray => u(x, r, t);
    const { xt, t } = point;
    const v = replacesVelocity ? stopGradient(labelled(xt, t, t)) : point.v;
    return guidedVelocity(
      { labelled, unlabelled },
      { xt, t, v, keepsLabel: keepsLabel(given, context.classes, t) },
      guidance,
    );
  };
  return { labels, targetVelocity };
}

/**
 * u with the labels of the whole batch before dropout, for the observation term and the scores: x contains the batch's
 * samples once, or several times in succession.
 */
export function withAllLabels(u: LabelledMeanVelocity, batch: TracedBatch): LabelledMeanVelocity {
  const labels = batch.labels as NDArray | undefined;
  return (x, r, t) => u(x, r, t, labels && repeated(labels, x.shape[0] / labels.shape[0]));
}

function repeated(labels: NDArray, times: number): NDArray {
  return times === 1 ? labels : concatenate(new Array<NDArray>(times).fill(labels));
}

function keptLabelsOf(batch: TracedBatch): NDArray | undefined {
  return batch.keptLabels as NDArray | undefined;
}

function guide(
  { by }: GuidanceConfig,
  context: TaskContext,
  networks: Networks,
  averages: Networks,
): [u: LabelledMeanVelocity, replacesVelocity: boolean] {
  switch (by) {
    case "trained":
      return [context.meanVelocity(networks.flowMap), false];
    case "average":
      return [context.meanVelocity(averages.flowMap), false];
    case "teacher":
      return [context.teacher(networks.teacher), true];
  }
}

// 1 for the samples that keep their label, 0 for the others.
function keepsLabel(labels: NDArray | undefined, classes: number, t: NDArray): NDArray {
  if (labels === undefined) return mul(ones([t.shape[0]]), 0);
  const none: HostArray = hostArray(Int32Array.of(classes), [1]);
  return sub(1, toFloat(equal(labels, constant(none))));
}
