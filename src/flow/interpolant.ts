import { add, checkShapes, mul, type NDArray, perSample, sub } from "../array/index.js";
import { checkedNetwork, ofBatch, ofEach } from "./checks.js";

/**
 * The mean velocity u(x_t, r, t) of a flow between the times r <= t (MeanFlow, Geng et al. 2025).
 *
 * @param x x_t, [B, ...]
 * @param r earlier time, [B]; 0 is data
 * @param t later time, [B]; 1 is noise
 * @returns u of x's shape: x_r = x_t - (t - r) u(x_t, r, t)
 */
export type MeanVelocity = (x: NDArray, r: NDArray, t: NDArray) => NDArray;

/**
 * The velocity v(x_t, t) = dx_t/dt of a flow: a mean velocity at r = t.
 *
 * @param x x_t, [B, ...]
 * @param t time, [B]; 0 is data, 1 is noise
 * @returns v of x's shape
 */
export type Velocity = (x: NDArray, t: NDArray) => NDArray;

/**
 * A mean velocity that takes the samples' labels, int32 [B], if they are given; without labels it is that of all
 * classes together.
 */
export type LabelledMeanVelocity = (x: NDArray, r: NDArray, t: NDArray, labels?: NDArray) => NDArray;

/**
 * The straight path between data x and noise z: x_t = (1 - t) x + t z. x, z: [B, ...], t: [B]; result [B, ...].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const xt = interpolate(x, z, t); // x where t = 0, z where t = 1
 */
export function interpolate(x: NDArray, z: NDArray, t: NDArray): NDArray {
  checkShapes("interpolate", { x: [x, ofBatch], z: [z, ofBatch], t: [t, ofEach] });
  return add(x, mul(perSample(t, x), sub(z, x)));
}

/**
 * The path's velocity, v = d/dt x_t = z - x: from data to noise. x, z: [B, ...]; result [B, ...].
 *
 * @throws InputError if an argument is no array or the shapes differ
 * @example
 * const error = sub(meanVelocity(interpolate(x, z, t), t, t), velocity(x, z));
 */
export function velocity(x: NDArray, z: NDArray): NDArray {
  checkShapes("velocity", { x: [x, ofBatch], z: [z, ofBatch] });
  return sub(z, x);
}

/**
 * One step of the flow map from time t back to time r: x_r = x_t - (t - r) u(x_t, r, t).
 *
 * @param x x_t, [B, ...]
 * @param r the earlier time, [B]
 * @param t the later time, [B]
 * @returns x_r, [B, ...]
 * @throws InputError if an argument is no array, the shapes do not fit, or the network returns another shape than x's
 * @example
 * const xr = stepFlowMap(meanVelocity, interpolate(x, z, t), r, t);
 */
export function stepFlowMap(meanVelocity: MeanVelocity, x: NDArray, r: NDArray, t: NDArray): NDArray {
  checkShapes("stepFlowMap", { x: [x, ofBatch], r: [r, ofEach], t: [t, ofEach] });
  const u = checkedNetwork("stepFlowMap", "meanVelocity", meanVelocity);
  return sub(x, mul(perSample(sub(t, r), x), u(x, r, t)));
}
