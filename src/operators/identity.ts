import { type ForwardOperator, sameShape } from "./operator.js";

/**
 * A x = x: the observation is the image itself, and only the noise has to be removed. Its own adjoint.
 *
 * @example
 * const mine = problem("grain", laplaceNoise(identity(), 0.2));
 */
export function identity(): ForwardOperator {
  return {
    name: "identity",
    transposeIsAdjoint: true,
    shiftInvariant: true,
    averaging: true,
    draw: () => ({}),
    forward: (x) => x,
    transpose: (y) => y,
    observationShape: sameShape,
  };
}
