import {
  add,
  broadcastTo,
  constant,
  cosineTransform,
  div,
  hostArray,
  inverseCosineTransform,
  matmul,
  maximum,
  mean,
  meanPerSample,
  mul,
  type NDArray,
  perSample,
  reciprocal,
  reshape,
  sizeOf,
  sqrt,
  square,
  sub,
  sumPerSample,
  transpose,
} from "../array/index.js";
import { type LinearObservation } from "./linear-observation.js";
import { type ResidualRoot, rootSpectrum, rootVariances } from "./residual-root.js";

/**
 * An approximation of (A C A^T + sigma^2 I)^-1 up to a factor, symmetric and positive definite: a residual of y -> a
 * search direction.
 */
export type Preconditioner = (r: NDArray) => NDArray;

// Avoids 0 / 0 where nothing is observed.
const least = 1e-20;

/**
 * Division by an approximate diagonal of A C A^T + sigma^2 I: A diag(C), scaled so that its sum is |A e|^2, whose mean
 * is the trace of A C A^T. Exact for masks if the residual has no correlations.
 *
 * @param pixels the diagonal of D, [B, ...imageShape]
 * @param residual a draw of e = D R w, [B, ...imageShape]
 */
export function diagonalPreconditioner(
  { forward, sigma }: Pick<LinearObservation, "forward" | "sigma">,
  root: ResidualRoot,
  pixels: NDArray,
  residual: NDArray,
): Preconditioner {
  const variances = mul(square(pixels), reshape(rootVariances(root), pixels.shape.slice(1)));
  const seen = maximum(forward(variances), 0);
  const scale = div(sumPerSample(square(forward(residual))), maximum(sumPerSample(seen), least));
  const diagonal = add(mul(seen, perSample(scale, seen)), sigma ** 2);
  return (r) => div(r, diagonal);
}

// 1 - f(z)^2 of a grey pixel.
const grey = 0.7;

/**
 * For an operator that commutes with shifts (a blur): division in the spectrum of the cosine transform, where A A^T and
 * R R are nearly diagonal. D is not diagonal there, but among grey pixels it is nearly one number d. Where it is small
 * (d_p^2 << sigma^2, d_p a pixel of A D), the noise dominates and each pixel can be treated by itself:
 *
 *   P = S F^T (d^2 R^2 |a|^2 + sigma^2)^-1 F S + (I - S^2) (d_p^2 m + sigma^2)^-1,  S^2 = d_p^2 / (d_p^2 + sigma^2),
 *
 * Here F is the cosine transform, a(u, v) the spectrum of A's response to a single point, and m the mean of R^2 |a|^2.
 *
 * @param pixels the diagonal of D, [B, C, H, W]
 */
export function spectralPreconditioner(
  { forward, sigma }: Pick<LinearObservation, "forward" | "sigma">,
  root: ResidualRoot,
  pixels: NDArray,
): Preconditioner {
  const imageShape = pixels.shape.slice(1);
  const powers = mul(responsePowers(forward, pixels.shape), rootSpectrum(root, imageShape));
  const spectral = reciprocal(add(mul(powers, grey ** (2 * root.saturation)), sigma ** 2));
  const seen = square(forward(pixels));
  const share = div(seen, add(seen, sigma ** 2));
  const weight = sqrt(share);
  const alone = div(sub(1, share), add(mul(seen, perSample(meanPerSample(powers), seen)), sigma ** 2));
  return (r) => {
    const together = inverseCosineTransform(mul(cosineTransform(mul(r, weight)), spectral), imageShape);
    return add(mul(together, weight), mul(r, alone));
  };
}

/**
 * |a|^2 of the operator's response to a point in the middle, at the frequencies of the cosine transform: [B, W, C * H].
 */
function responsePowers(forward: LinearObservation["forward"], shape: readonly number[]): NDArray {
  const [count, channels, height, width] = shape;
  const point = new Float32Array(channels * height * width);
  const middle = (height >> 1) * width + (width >> 1);
  for (let channel = 0; channel < channels; channel++) point[channel * height * width + middle] = 1;
  const response = mean(forward(broadcastTo(constant(hostArray(point, [1, ...shape.slice(1)])), [...shape])), 1);
  const phases = [Math.cos, Math.sin];
  const waves = (length: number) => phases.map((phase) => constant(wavesOf(length, phase)));
  const alongColumns = waves(width).map((columns) => transpose(matmul(response, columns), [0, 2, 1]));
  const powers = alongColumns
    .flatMap((part) => waves(height).map((rows) => square(matmul(part, rows))))
    .reduce((a, b) => add(a, b));
  const everyChannel = broadcastTo(reshape(powers, [count, width, 1, height]), [count, width, channels, height]);
  return reshape(everyChannel, [count, width, sizeOf([channels, height])]);
}

/** The waves of the cosine transform, [pixel, frequency]: [length, length]. */
function wavesOf(length: number, phase: (angle: number) => number) {
  const data = Float32Array.from({ length: length ** 2 }, (_, at) =>
    phase((Math.PI * Math.floor(at / length) * (at % length)) / length),
  );
  return hostArray(data, [length, length]);
}
