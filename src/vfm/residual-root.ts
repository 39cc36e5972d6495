import {
  add,
  broadcastTo,
  cosineTransform,
  exp,
  inverseCosineTransform,
  log,
  matmul,
  maximum,
  mean,
  mul,
  type NDArray,
  reshape,
  sizeOf,
  square,
  sub,
  transpose,
} from "../array/index.js";
import { contrastScale } from "./local-contrast.js";

/**
 * The residual e of a sample, truth = f(z) + e, as a linear function of standard normal numbers: e = D R w. R is
 * symmetric: diagonal along the pixels, diagonal along the axes of the cosine transform, or scales I + axes^T diag(axisScales
 * - scales) axes.
 */
export interface ResidualRoot {
  /**
   * Standard deviation of each pixel or of each axis of the cosine transform, [D] in the order of [C, H, W]. With
   * `leading`: of all directions orthogonal to those, [1].
   */
  scales: NDArray;
  /** Whether `scales` are along the axes of the cosine transform. */
  cosine?: boolean | undefined;
  /** Directions with standard deviations of their own: orthonormal rows [K, D] and standard deviations [K]. */
  leading?: { axes: NDArray; scales: NDArray } | undefined;
  /** D is diagonal, (1 - f(z)^2)^saturation times `contrastScale`: see `pixelScale`. */
  saturation: number;
  /** The argument `texture` of `contrastScale`. Default: 0, which makes it 1 everywhere. */
  texture?: number | undefined;
}

/** Least value of 1 - f(z)^2: a pixel that the network takes for black or white may still be wrong. */
const leastVariance = 0.02;

/**
 * Relative scale of the residual at each pixel: (1 - x^2)^saturation, at least 0.02^saturation, times `contrastScale`.
 * 1 - x^2 bounds the variance of any distribution on [-1, 1] with mean x (Bhatia and Davis, "A better bound on the
 * variance", 2000): a black or white pixel is almost certain, a grey one is not.
 *
 * @param x images with values from -1 to 1, of any shape; [B, C, H, W] with a texture
 * @param saturation 0: the same everywhere; 1/2: proportional to the largest standard deviation; 1: to the largest
 *   variance
 * @param texture 0: independent of the contrast around the pixel; 1: proportional to it
 */
export function pixelScale(x: NDArray, saturation: number, texture = 0): NDArray {
  const ofGrey = exp(mul(log(maximum(sub(1, square(x)), leastVariance)), saturation));
  return texture === 0 ? ofGrey : mul(ofGrey, contrastScale(x, texture));
}

/** R v, or with `power` 2 R R v. v: [B, C, H, W], of the same shape as the result. */
export function applyRoot({ scales, cosine, leading }: ResidualRoot, v: NDArray, power: 1 | 2): NDArray {
  const [batch, ...imageShape] = v.shape;
  const of = (deviations: NDArray): NDArray => (power === 1 ? deviations : square(deviations));
  if (cosine) return inverseCosineTransform(mul(cosineTransform(v), inSpectrum(of(scales), imageShape)), imageShape);
  const rows = reshape(v, [batch, sizeOf(imageShape)]);
  const everywhere = mul(rows, of(scales));
  if (leading === undefined) return reshape(everywhere, v.shape);
  const along = matmul(rows, transpose(leading.axes));
  const apart = matmul(mul(along, sub(of(leading.scales), of(scales))), leading.axes);
  return reshape(add(everywhere, apart), v.shape);
}

/** The diagonal of R R along the pixels, [D]; approximate if `scales` are along the axes of the cosine transform. */
export function rootVariances({ scales, cosine, leading }: ResidualRoot): NDArray {
  const everywhere = square(scales);
  if (cosine) return broadcastTo(mean(everywhere), everywhere.shape);
  if (leading === undefined) return everywhere;
  const own = sub(square(leading.scales), everywhere);
  return add(everywhere, reshape(matmul(reshape(own, [1, -1]), square(leading.axes)), [-1]));
}

/** The diagonal of R R along the axes of the cosine transform, as `cosineTransform` orders them: it broadcasts to [1, W, C * H]. */
export function rootSpectrum({ scales, cosine, leading }: ResidualRoot, imageShape: number[]): NDArray {
  const everywhere = square(scales);
  if (cosine) return inSpectrum(everywhere, imageShape);
  // Each axis of the transform is spread over all pixels.
  const flat = reshape(mean(everywhere), [1, 1, 1]);
  if (leading === undefined) return flat;
  const { axes, scales: own } = leading;
  const [channels, height, width] = imageShape;
  const powers = square(cosineTransform(reshape(axes, [-1, ...imageShape])));
  const sums = matmul(reshape(sub(square(own), everywhere), [1, -1]), reshape(powers, [-1, sizeOf(imageShape)]));
  return add(flat, reshape(sums, [1, width, channels * height]));
}

/**
 * Reorders values of the axes of the cosine transform from [D], in the order of [C, H, W], to the transform's order,
 * [1, W, C * H].
 */
function inSpectrum(values: NDArray, [channels, height, width]: readonly number[]): NDArray {
  return reshape(transpose(reshape(values, [channels, height, width]), [2, 0, 1]), [1, width, channels * height]);
}
