import {
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
import { cutBlocks, joinBlocks } from "./blocks.js";
import { interpolate, type MeanVelocity, velocity } from "./interpolant.js";

/** How the entries of one sample are put together: their sum, as derived, or their mean, as published for images. */
export type Reduction = "sum" | "mean";

/** One number a sample. x: [B, ...] -> [B]. */
export function reduceSample(x: NDArray, reduction: Reduction): NDArray {
  return reduction === "sum" ? sumPerSample(x) : meanPerSample(x);
}

/**
 * Flow-matching loss of each sample: ||u(x_t, t, t) - stopgrad(z - x)||^2, the MeanFlow loss at r = t.
 *
 * Where z is an adapter's, its gradient comes through x_t alone, as published.
 *
 * @param x data, [B, ...]
 * @param z noise of x's shape
 * @param t time, [B]
 * @returns [B]
 */
export function flowMatchingLoss(
  meanVelocity: MeanVelocity,
  x: NDArray,
  z: NDArray,
  t: NDArray,
  reduction: Reduction = "mean",
): NDArray {
  const u = meanVelocity(interpolate(x, z, t), t, t);
  return reduceSample(square(sub(u, stopGradient(velocity(x, z)))), reduction);
}

/** Options of `meanFlowLoss`. */
export interface MeanFlowOptions {
  /** The number of equal consecutive blocks of the batch (one an inverse problem); 1 if there are none. */
  blocks?: number;
  /** The number of samples at the front of every block that have r != t; the others have r = t. */
  jumps: number;
  /** "sum" over the entries of a sample, or their "mean". */
  reduction?: Reduction;
  /**
   * The direction of the total derivative: the "sample" velocity v, or the "network"'s own u(x_t, t, t) without its
   * gradient, which has less variance (improved MeanFlow).
   */
  tangent?: "sample" | "network";
}

/**
 * MeanFlow loss of each sample, ||u(x_t, r, t) - stopgrad(v - (t - r) d/dt u(x_t, r, t))||^2 (Geng et al. 2025).
 *
 * d/dt is the total derivative along (v, 0, 1): one JVP. Where r = t it is multiplied by zero, so that it is
 * computed for the first `jumps` samples of each block alone and the rest is flow matching. The squared error is not
 * divided by t - r: samples with r = t would outweigh all others.
 *
 * @param x data, [B, ...]
 * @param z noise of x's shape
 * @param r, t times, [B], r <= t
 * @returns [B], in the batch's order
 */
export function meanFlowLoss(
  meanVelocity: MeanVelocity,
  x: NDArray,
  z: NDArray,
  r: NDArray,
  t: NDArray,
  options: MeanFlowOptions,
): NDArray {
  const { blocks = 1, jumps, reduction = "mean", tangent = "sample" } = options;
  const size = x.shape[0] / blocks;
  if (jumps <= 0) return flowMatchingLoss(meanVelocity, x, z, t, reduction);
  if (jumps >= size) return jumpLoss(meanVelocity, x, z, r, t, reduction, tangent);
  const cut = (array: NDArray) => cutBlocks(array, blocks, jumps);
  const [xs, zs, rs, ts] = [cut(x), cut(z), cut(r), cut(t)];
  const front = jumpLoss(meanVelocity, xs.front, zs.front, rs.front, ts.front, reduction, tangent);
  const back = flowMatchingLoss(meanVelocity, xs.back, zs.back, ts.back, reduction);
  return joinBlocks({ front, back }, blocks);
}

function jumpLoss(
  meanVelocity: MeanVelocity,
  x: NDArray,
  z: NDArray,
  r: NDArray,
  t: NDArray,
  reduction: Reduction,
  tangent: "sample" | "network",
): NDArray {
  const xt = interpolate(x, z, t);
  const v = velocity(x, z);
  const direction = tangent === "sample" ? v : stopGradient(meanVelocity(xt, t, t));
  const batch = [x.shape[0]];
  const [u, derivative] = jvp(
    (point: NDArray, early: NDArray, late: NDArray) => meanVelocity(point, early, late),
    [xt, r, t],
    [direction, zeros(batch), ones(batch)],
  );
  const target = stopGradient(sub(v, mul(perSample(sub(t, r), v), derivative)));
  return reduceSample(square(sub(u, target)), reduction);
}
