import {
  add,
  conjugateGradients,
  div,
  exp,
  gradient,
  log,
  matmul,
  maximum,
  mul,
  type NDArray,
  perSample,
  reshape,
  sizeOf,
  square,
  sub,
  sum,
  sumPerSample,
  transpose,
} from "../array/index.js";

/** What was observed of a batch of images through a linear operator A with Gaussian noise, inside a traced function. */
export interface LinearObservation {
  /** y, [B, ...observationShape]; 0 where nothing was observed. */
  y: NDArray;
  /** A x, [B, ...imageShape] -> [B, ...observationShape]: linear, and 0 where nothing was observed. */
  forward(x: NDArray): NDArray;
  /** Standard deviation of the noise. */
  sigma: number;
}

/**
 * What one evaluation leaves unexplained, as a linear function of standard normal numbers: e = D R w, with the symmetric
 * R = diag(scales), or scales I + axes^T diag(axisScales - scales) axes.
 */
export interface ResidualRoot {
  /** Standard deviation of each pixel, [D]; where there are axes, of all directions off them, [1]. */
  scales: NDArray;
  /** Directions that have their own: orthonormal rows [K, D] and standard deviations [K]. */
  leading?: { axes: NDArray; scales: NDArray };
  /** D is diagonal, (1 - f(z)^2)^saturation: `pixelScale`. */
  saturation: number;
}

// A pixel that the network calls black or white may still be wrong.
const leastVariance = 0.02;

/**
 * How large a residual may be at each pixel: (1 - x^2)^saturation, at least 0.02^saturation. 1 - x^2 bounds the variance
 * of whatever lies in [-1, 1] and has the mean x (Bhatia and Davis, "A better bound on the variance", 2000): a black or
 * white pixel is all but certain, a grey one is not.
 *
 * @param x images with values from -1 to 1, of any shape
 * @param saturation 0: the same everywhere; 1/2: as the largest standard deviation; 1: as the largest variance
 */
export function pixelScale(x: NDArray, saturation: number): NDArray {
  return exp(mul(log(maximum(sub(1, square(x)), leastVariance)), saturation));
}

/** R v, or with `power` 2 R R v: [B, D] -> [B, D]. */
function applyRoot({ scales, leading }: ResidualRoot, rows: NDArray, power: 1 | 2): NDArray {
  const of = (deviations: NDArray): NDArray => (power === 1 ? deviations : square(deviations));
  const everywhere = mul(rows, of(scales));
  if (leading === undefined) return everywhere;
  const along = matmul(rows, transpose(leading.axes));
  return add(everywhere, matmul(mul(along, sub(of(leading.scales), of(scales))), leading.axes));
}

/** The diagonal of R R, [D]. */
function rootVariances({ scales, leading }: ResidualRoot): NDArray {
  const everywhere = square(scales);
  if (leading === undefined) return everywhere;
  const own = sub(square(leading.scales), everywhere);
  return add(everywhere, reshape(matmul(reshape(own, [1, -1]), square(leading.axes)), [-1]));
}

/** The noises of an update: w, [B, D] for the residual, and eps, of y's shape, for the observation. */
export interface UpdateNoise {
  residual: NDArray;
  observation: NDArray;
}

// Four are enough for a residual without correlations; those of its leading axes, which the CRPS asks for, take twice as many.
const iterations = 8;

// Where nothing is observed, 0 / 0 is 0.
const least = 1e-20;

/**
 * Conditions samples of a flow map on their observation once more, for a flow map that is not exact:
 *
 *   x = f(z) + D R w, w ~ N(0, I), given y = A x + sigma noise, C = D R R D, D = D(f(z)):
 *   x' = x + C A^T (A C A^T + sigma^2 I)^-1 (y + sigma eps - A x).
 *
 * This is Matheron's rule: x' has the distribution of x given z and y. It asks for no evaluation of a network. The system
 * is solved by conjugate gradients, preconditioned by about its diagonal. (Doucet, "A note on efficient conditional
 * simulation of Gaussian distributions", 2010.)
 *
 * @param x f(z), [B, ...imageShape]
 * @param noise standard normal numbers, independent of those behind x
 * @returns x', [B, ...imageShape]
 */
export function updateOnObservation(
  x: NDArray,
  { y, forward, sigma }: LinearObservation,
  root: ResidualRoot,
  noise: UpdateNoise,
): NDArray {
  const [batch, ...imageShape] = x.shape;
  const pixels = pixelScale(x, root.saturation);
  const throughRoot = (image: NDArray, power: 1 | 2): NDArray =>
    reshape(applyRoot(root, reshape(image, [batch, sizeOf(imageShape)]), power), x.shape);
  const residual = mul(pixels, throughRoot(noise.residual, 1));
  const spread = (image: NDArray): NDArray => mul(pixels, throughRoot(mul(pixels, image), 2));
  // A is linear: the gradient of <A x, g> by x is A^T g, wherever it is taken.
  const back = (g: NDArray): NDArray => gradient((image: NDArray) => sum(mul(forward(image), g)))(mul(x, 0));
  const seen = forward(residual);
  const right = sub(sub(add(y, mul(noise.observation, sigma)), forward(x)), seen);
  const spreadOfEach = mul(square(pixels), reshape(rootVariances(root), imageShape));
  const diagonal = add(scaledTo(maximum(forward(spreadOfEach), 0), seen), sigma ** 2);
  const system = { inner: (g: NDArray) => spread(back(g)), outer: forward, damping: sigma ** 2, diagonal };
  return add(add(x, residual), conjugateGradients(system, right, iterations));
}

/** The diagonal of A C A^T, roughly: A diag(C), scaled so that its sum is |A e|^2, whose mean is the trace of A C A^T. */
function scaledTo(diagonal: NDArray, seen: NDArray): NDArray {
  const scale = div(sumPerSample(square(seen)), maximum(sumPerSample(diagonal), least));
  return mul(diagonal, perSample(scale, diagonal));
}
