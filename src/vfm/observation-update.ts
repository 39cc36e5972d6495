import { add, conjugateGradients, gradient, matmul, mul, type NDArray, reshape, sub, sum } from "../array/index.js";

/** What was observed of a batch of images through a linear operator A with Gaussian noise, inside a traced function. */
export interface LinearObservation {
  /** y, [B, ...observationShape]; 0 where nothing was observed. */
  y: NDArray;
  /** A x, [B, ...imageShape] -> [B, ...observationShape]: linear, and 0 where nothing was observed. */
  forward(x: NDArray): NDArray;
  /** Standard deviation of the noise. */
  sigma: number;
}

/** What one evaluation leaves unexplained, as a linear function of standard normal numbers: e = R w. */
export interface ResidualRoot {
  /** Standard deviation along each axis, [R]. */
  scales: NDArray;
  /** The axes, orthonormal rows [R, D]; the pixels themselves if not given. */
  axes?: NDArray | undefined;
}

/** The noises of an update: w, [B, R] for the residual, and eps, of y's shape, for the observation. */
export interface UpdateNoise {
  residual: NDArray;
  observation: NDArray;
}

// Enough for a residual of ten times the observation's noise: the residual's variance falls fast from axis to axis.
const iterations = 12;

/**
 * Conditions samples of a flow map on their observation once more, for a flow map that is not exact:
 *
 *   x = f(z) + R w, w ~ N(0, I), given y = A x + sigma noise:  x' = f(z) + R w',
 *   w' = w + G^T (G G^T + sigma^2 I)^-1 (y + sigma eps - A f(z) - G w),  G = A R.
 *
 * This is Matheron's rule: w' has the distribution of w given z and y. It asks for no evaluation of a network. The system
 * is solved by conjugate gradients. (Doucet, "A note on efficient conditional simulation of Gaussian distributions", 2010.)
 *
 * @param x f(z), [B, ...imageShape]
 * @param noise standard normal numbers, independent of those behind x
 * @returns x', [B, ...imageShape]
 */
export function updateOnObservation(
  x: NDArray,
  { y, forward, sigma }: LinearObservation,
  { scales, axes }: ResidualRoot,
  noise: UpdateNoise,
): NDArray {
  const residual = (w: NDArray): NDArray => {
    const scaled = mul(w, scales);
    return reshape(axes === undefined ? scaled : matmul(scaled, axes), x.shape);
  };
  const observed = (w: NDArray): NDArray => forward(residual(w));
  // G is linear: the gradient of <G w, g> by w is G^T g, wherever it is taken.
  const back = (g: NDArray): NDArray => gradient((w: NDArray) => sum(mul(observed(w), g)))(mul(noise.residual, 0));
  const right = sub(sub(add(y, mul(noise.observation, sigma)), forward(x)), observed(noise.residual));
  const solved = conjugateGradients((g) => add(observed(back(g)), mul(g, sigma ** 2)), right, iterations);
  return add(x, residual(add(noise.residual, back(solved))));
}
