import { add, checkShapes, less, mul, type NDArray, perSample, stopGradient, sub, toFloat } from "../array/index.js";
import { aFunction, anObject, checkEntries, numberFrom } from "../options.js";
import { checkedNetwork, intervalRule, ofBatch, ofEach } from "./checks.js";
import { type MeanVelocity } from "./interpolant.js";

/** Settings of model guidance. */
export interface ModelGuidance {
  /** Factor of the difference between the velocities with and without the label, which is added to the target. */
  omega: number;
  /** The times [g_min, g_max], both included, at which targets are guided. */
  interval: readonly [number, number];
}

/**
 * The target velocity of model guidance. It teaches a network to sample in one evaluation what takes classifier-free
 * guidance two (Tang et al. 2025, "Diffusion models without classifier-free guidance"):
 *
 *     v + omega stopgrad(u(x_t, t, t, label) - u(x_t, t, t, null)),   g_min <= t <= g_max,
 *
 * This holds for samples that keep their label; the target of the others is v.
 *
 * @param networks u with each sample's label, and u without labels
 * @param point x_t [B, ...], its time t [B], the path's velocity v [B, ...], and keepsLabel [B]: 1 for the samples that
 *   keep their label, 0 for those whose label was dropped
 * @returns [B, ...]
 * @throws InputError if an argument is no array, the shapes do not fit, or a setting is wrong
 * @example
 * const labelled: MeanVelocity = (...inputs) => meanVelocity(...inputs, labels);
 * const point = { xt: interpolate(x, z, t), t, v: velocity(x, z), keepsLabel: ones([x.shape[0]]) };
 * const target = guidedVelocity({ labelled, unlabelled: meanVelocity }, point, { omega: 0.5, interval: [0, 0.75] });
 */
export function guidedVelocity(
  networks: { labelled: MeanVelocity; unlabelled: MeanVelocity },
  point: Record<"xt" | "t" | "v" | "keepsLabel", NDArray>,
  guidance: ModelGuidance,
): NDArray {
  checkEntries("guidedVelocity", "networks", networks, { labelled: aFunction, unlabelled: aFunction });
  checkEntries("guidedVelocity", "point", point, { xt: anObject, t: anObject, v: anObject, keepsLabel: anObject });
  checkEntries("guidedVelocity", "guidance", guidance, { omega: numberFrom(0), interval: intervalRule });
  const { xt, t, v, keepsLabel } = point;
  checkShapes("guidedVelocity", {
    xt: [xt, ofBatch],
    t: [t, ofEach],
    v: [v, ofBatch],
    keepsLabel: [keepsLabel, ofEach],
  });
  const {
    omega,
    interval: [low, high],
  } = guidance;
  const labelled = checkedNetwork("guidedVelocity", "networks.labelled", networks.labelled);
  const unlabelled = checkedNetwork("guidedVelocity", "networks.unlabelled", networks.unlabelled);
  const outside = add(toFloat(less(t, low)), toFloat(less(high, t)));
  const share = mul(mul(keepsLabel, sub(1, outside)), omega);
  const difference = sub(labelled(xt, t, t), unlabelled(xt, t, t));
  return add(v, mul(perSample(share, v), stopGradient(difference)));
}
