import { neg, type NDArray, sub } from "../array/index.js";
import { aFunction, checkArgument } from "../options.js";
import { type MeanVelocity, type Velocity } from "./interpolant.js";

/**
 * Makes a flow map of a network whose time runs from noise at 0 to data at 1, as in the released checkpoints:
 * u(x, r, t) = -network(x, 1 - r, 1 - t).
 *
 * @throws InputError if the network is no function
 * @example
 * const samples = sampleFlowMap(reverseTime(meanVelocity), z, 1); // of a network whose data are at t = 1
 */
export function reverseTime(network: MeanVelocity): MeanVelocity {
  checkArgument("reverseTime", "network", network, aFunction);
  return (x, r, t) => neg(network(x, sub(1, r), sub(1, t)));
}

/**
 * Makes a velocity of a network whose time runs from noise at 0 to data at 1: v(x, t) = -network(x, 1 - t).
 *
 * @throws InputError if the network is no function
 * @example
 * const samples = integrateHeun(reverseVelocityTime(field), z, 50); // of a network whose data are at t = 1
 */
export function reverseVelocityTime(network: Velocity): Velocity {
  checkArgument("reverseVelocityTime", "network", network, aFunction);
  return (x: NDArray, t: NDArray) => neg(network(x, sub(1, t)));
}
