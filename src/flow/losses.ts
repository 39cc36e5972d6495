import {
  add,
  checkShapes,
  jvp,
  meanPerSample,
  mul,
  type NDArray,
  ones,
  perSample,
  square,
  stopGradient,
  sub,
  sumPerSample,
  zeros,
} from "../array/index.js";
import { ShapeError } from "../errors.js";
import {
  aFunction,
  anyValue,
  checkArgument,
  checkOptions,
  integerFrom,
  oneOf,
  type OptionRules,
  positiveInteger,
} from "../options.js";
import { cutBlocks, joinBlocks } from "./blocks.js";
import { checkedNetwork, ofBatch, ofEach } from "./checks.js";
import { interpolate, type LabelledMeanVelocity, velocity } from "./interpolant.js";

/** How the entries of one sample are reduced: to their sum, as derived, or to their mean, as published for images. */
export type Reduction = "sum" | "mean";

/** Reduces each sample to one number. x: [B, ...] -> [B]. */
export function reduceSample(x: NDArray, reduction: Reduction): NDArray {
  return reduction === "sum" ? sumPerSample(x) : meanPerSample(x);
}

/** A batch's points on their paths. */
export interface FlowPoint {
  /** x_t, [B, ...]. */
  xt: NDArray;
  /** t, [B]. */
  t: NDArray;
  /** The path's velocity z - x; in the result of `pointOf`, the target velocity. [B, ...]. */
  v: NDArray;
  /** The samples' labels, int32 [B], if they have any. */
  labels: NDArray | undefined;
}

/** The condition and the target of a flow loss. */
export interface FlowConditions {
  /** The samples' labels, int32 [B], which are given to the network. */
  labels?: NDArray | undefined;
  /** The target velocity in place of the path's own v, of v's shape: v with guidance, or a teacher's velocity. */
  targetVelocity?: ((point: FlowPoint) => NDArray) | undefined;
}

/** Accepts a `Reduction`. */
export const reductionRule = oneOf(["sum", "mean"]);
// Labels are an array of the traced function, and are checked separately.
const conditionRules: OptionRules<FlowConditions> = { labels: anyValue, targetVelocity: aFunction };

/**
 * Flow-matching loss of each sample: ||u(x_t, t, t) - stopgrad(v)||^2 with v = z - x, the MeanFlow loss at r = t.
 *
 * If z comes from an adapter, the gradient reaches it through x_t alone, as published.
 *
 * @param x data, [B, ...]
 * @param z noise of x's shape
 * @param t time, [B]
 * @returns [B]
 * @throws InputError if an argument is wrong, the shapes do not fit, or the network returns another shape than x's
 * @example
 * const loss = mean(flowMatchingLoss(meanVelocity, x, z, t));
 */
export function flowMatchingLoss(
  meanVelocity: LabelledMeanVelocity,
  x: NDArray,
  z: NDArray,
  t: NDArray,
  reduction: Reduction = "mean",
  conditions: FlowConditions = {},
): NDArray {
  checkShapes("flowMatchingLoss", { x: [x, ofBatch], z: [z, ofBatch], t: [t, ofEach] });
  checkArgument("flowMatchingLoss", "reduction", reduction, reductionRule);
  checkOptions("flowMatchingLoss", conditions, conditionRules);
  checkLabels("flowMatchingLoss", x, conditions);
  const u = checkedNetwork("flowMatchingLoss", "meanVelocity", meanVelocity);
  const { xt, v, labels } = pointOf(x, z, t, conditions);
  return reduceSample(square(sub(u(xt, t, t, labels), stopGradient(v))), reduction);
}

function checkLabels(of: string, x: NDArray, { labels }: FlowConditions): void {
  if (labels !== undefined) checkShapes(of, { x: [x, ofBatch], labels: [labels, ofEach] });
}

/** The point x_t with its target velocity. */
function pointOf(x: NDArray, z: NDArray, t: NDArray, { labels, targetVelocity }: FlowConditions): FlowPoint {
  const point = { xt: interpolate(x, z, t), t, v: velocity(x, z), labels };
  if (targetVelocity === undefined) return point;
  const v = targetVelocity(point);
  checkShapes("a flow loss", { x: [x, ofBatch], "the result of targetVelocity": [v, ofBatch] });
  return { ...point, v };
}

/** Options of `meanFlowLoss`. */
export interface MeanFlowOptions extends FlowConditions {
  /** Number of equal consecutive blocks of the batch, one for each inverse problem. Default: 1. */
  blocks?: number | undefined;
  /** Number of samples at the front of every block with r != t; the others have r = t. */
  jumps: number;
  /** "sum" or "mean" over the entries of a sample. Default: "mean". */
  reduction?: Reduction | undefined;
  /**
   * The direction of the total derivative: the "sample" velocity v, or the "network"'s own u(x_t, t, t) without its
   * gradient, which has less variance (improved MeanFlow). Default: "sample".
   */
  tangent?: "sample" | "network" | undefined;
  /**
   * A network without a gradient, for example the moving average. If it is given, a jump is trained on its two half
   * jumps, one after the other, in place of MeanFlow's derivative (see `composedJump`).
   */
  composed?: LabelledMeanVelocity | undefined;
}

/** The rules for `MeanFlowOptions`. */
export const meanFlowRules: OptionRules<MeanFlowOptions> = {
  ...conditionRules,
  blocks: positiveInteger,
  jumps: integerFrom(0),
  reduction: reductionRule,
  tangent: oneOf(["sample", "network"]),
  composed: aFunction,
};

/**
 * MeanFlow loss of each sample, ||u(x_t, r, t) - stopgrad(v - (t - r) d/dt u(x_t, r, t))||^2 (Geng et al. 2025).
 *
 * d/dt is the total derivative along (v, 0, 1): one JVP. Where r = t it is multiplied by zero, so it is computed only
 * for the first `jumps` samples of each block, and the loss of the rest is flow matching. The squared error is not
 * divided by t - r, because samples with r = t would then outweigh all others.
 *
 * @param x data, [B, ...]
 * @param z noise of x's shape
 * @param r the earlier time, [B]
 * @param t the later time, [B]
 * @returns [B], in the batch's order
 * @throws InputError if an argument or an option is wrong, the shapes do not fit, or a network returns another shape than x's
 * @example
 * // The first quarter of the batch jumps, the rest has r = t.
 * const loss = mean(meanFlowLoss(meanVelocity, x, z, r, t, { jumps: x.shape[0] / 4 }));
 */
export function meanFlowLoss(
  meanVelocity: LabelledMeanVelocity,
  x: NDArray,
  z: NDArray,
  r: NDArray,
  t: NDArray,
  options: MeanFlowOptions,
): NDArray {
  checkShapes("meanFlowLoss", { x: [x, ofBatch], z: [z, ofBatch], r: [r, ofEach], t: [t, ofEach] });
  checkOptions("meanFlowLoss", options, meanFlowRules, ["jumps"]);
  checkLabels("meanFlowLoss", x, options);
  const u = checkedNetwork("meanFlowLoss", "meanVelocity", meanVelocity);
  const { blocks = 1, jumps, reduction = "mean", labels, targetVelocity } = options;
  const size = x.shape[0] / blocks;
  if (!Number.isInteger(size))
    throw new ShapeError(
      `meanFlowLoss: ${blocks} blocks do not share a batch of ${x.shape[0]} equally: give a multiple of ${blocks} samples`,
    );
  if (jumps > size)
    throw new ShapeError(`meanFlowLoss: ${jumps} jumps do not fit a block of ${size} samples: give at most ${size}`);
  const conditions = { labels, targetVelocity };
  if (jumps === 0) return flowMatchingLoss(u, x, z, t, reduction, conditions);
  if (jumps === size) return jumpLoss(u, x, z, r, t, options, conditions);
  const cut = (array: NDArray) => cutBlocks(array, blocks, jumps);
  const [xs, zs, rs, ts] = [cut(x), cut(z), cut(r), cut(t)];
  const ls = labels && cut(labels);
  const [ofJumps, ofRest] = [
    { labels: ls?.front, targetVelocity },
    { labels: ls?.back, targetVelocity },
  ];
  const front = jumpLoss(u, xs.front, zs.front, rs.front, ts.front, options, ofJumps);
  const back = flowMatchingLoss(u, xs.back, zs.back, ts.back, reduction, ofRest);
  return joinBlocks({ front, back }, blocks);
}

function jumpLoss(
  meanVelocity: LabelledMeanVelocity,
  x: NDArray,
  z: NDArray,
  r: NDArray,
  t: NDArray,
  { reduction = "mean", tangent = "sample", composed }: MeanFlowOptions,
  conditions: FlowConditions,
): NDArray {
  const { xt, v, labels } = pointOf(x, z, t, conditions);
  if (composed !== undefined) {
    const teacher = checkedNetwork("meanFlowLoss", "composed", composed);
    const target = stopGradient(composedJump(teacher, xt, r, t, labels));
    return reduceSample(square(sub(meanVelocity(xt, r, t, labels), target)), reduction);
  }
  const direction = tangent === "sample" ? v : stopGradient(meanVelocity(xt, t, t, labels));
  const batch = [x.shape[0]];
  const [u, derivative] = jvp(
    (point: NDArray, early: NDArray, late: NDArray) => meanVelocity(point, early, late, labels),
    [xt, r, t],
    [direction, zeros(batch), ones(batch)],
  );
  const target = stopGradient(sub(v, mul(perSample(sub(t, r), v), derivative)));
  return reduceSample(square(sub(u, target)), reduction);
}

/**
 * The mean velocity from t to r of two half jumps, one after the other:
 *
 *     (u(x_t, s, t) + u(x_s, r, s)) / 2,  s = (r + t) / 2,  x_s = x_t - (t - s) u(x_t, s, t).
 *
 * The network's short jumps, which flow matching anchors, teach the long ones. The target contains neither the sample's
 * own velocity nor a derivative along it, and so no noise (shortcut models, Frans et al. 2024).
 *
 * @param xt x_t, [B, ...]
 * @param r the earlier time, [B]
 * @param t the later time, [B]
 * @returns [B, ...]
 */
function composedJump(
  meanVelocity: LabelledMeanVelocity,
  xt: NDArray,
  r: NDArray,
  t: NDArray,
  labels: NDArray | undefined,
): NDArray {
  const s = mul(add(r, t), 0.5);
  const first = meanVelocity(xt, s, t, labels);
  const xs = sub(xt, mul(perSample(sub(t, s), xt), first));
  return mul(add(first, meanVelocity(xs, r, s, labels)), 0.5);
}
