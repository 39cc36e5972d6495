import { add, conjugateGradients, mul, type NDArray, reshape, sub, transposeLinear } from "../array/index.js";
import { type LinearObservation } from "./linear-observation.js";
import { diagonalPreconditioner, spectralPreconditioner } from "./preconditioner.js";
import { applyRoot, pixelScale, type ResidualRoot } from "./residual-root.js";

/** The noise of an update: w, [B, D], for the residual, and eps, of y's shape, for the observation. */
export interface UpdateNoise {
  residual: NDArray;
  observation: NDArray;
}

/** Default number of iterations of conjugate gradients. More of them hardly change samples of digits and clothes. */
export const defaultIterations = 16;

/**
 * Conditions samples of a flow map on their observation a second time, to correct for a flow map that is not exact. The
 * truth is modelled as f(z) + e with a Gaussian residual e:
 *
 *   e = D R w,  w ~ N(0, I),  C = D R R D,  D = D(f(z)),
 *   x' = f(z) + e + C A^T (A C A^T + sigma^2 I)^-1 (y + sigma eps - A (f(z) + e)).
 *
 * This is Matheron's rule: x' has the distribution of f(z) + e given z and y. It needs no evaluation of a network. The
 * system is solved by preconditioned conjugate gradients. (Doucet, "A note on efficient conditional simulation of
 * Gaussian distributions", 2010.)
 *
 * @param x f(z), [B, ...imageShape]
 * @param observation y, A and sigma
 * @param root D and R, the square root of the residual's covariance
 * @param noise w [B, D] and eps [B, ...observationShape], standard normal, independent of the noise behind x
 * @param iterations number of iterations of conjugate gradients
 * @returns x', [B, ...imageShape]
 * @throws ShapeError if the root has a texture and x is not [B, C, H, W]
 */
export function updateOnObservation(
  x: NDArray,
  observation: LinearObservation,
  root: ResidualRoot,
  noise: UpdateNoise,
  iterations = defaultIterations,
): NDArray {
  const { y, forward, sigma, shiftInvariant = false } = observation;
  const pixels = pixelScale(x, root.saturation, root.texture);
  const residual = mul(pixels, applyRoot(root, reshape(noise.residual, x.shape), 1));
  const drawn = add(x, residual);
  const spread = (image: NDArray): NDArray => mul(pixels, applyRoot(root, mul(pixels, image), 2));
  const back = transposeLinear(forward, x);
  const right = sub(add(y, mul(noise.observation, sigma)), forward(drawn));
  const ofImages = x.ndim === 4;
  const precondition =
    shiftInvariant && ofImages
      ? spectralPreconditioner(observation, root, pixels)
      : diagonalPreconditioner(observation, root, pixels, residual);
  const system = { inner: (g: NDArray) => spread(back(g)), outer: forward, damping: sigma ** 2, precondition };
  const updated = add(drawn, conjugateGradients(system, right, iterations));
  back.dispose();
  return updated;
}
