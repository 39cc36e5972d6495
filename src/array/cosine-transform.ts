import { constant } from "./constant.js";
import { ShapeError } from "../errors.js";
import { checkArgument, integerFrom } from "../options.js";
import { checkShape, checkTraced, shapeText } from "./checks.js";
import { type HostArray, hostArray } from "./host.js";
import { matmul } from "./linear-algebra.js";
import { type NDArray } from "./ndarray.js";
import { reshape, transpose } from "./shaping.js";

/**
 * The orthonormal cosine transform (DCT-II) of images along their channels, rows and columns. The frequencies of the
 * columns come first in the result, because a transform and its inverse then move the fewest arrays.
 *
 * Along the three channels of a colour image the coefficients are multiples of the sum of the colours, red minus blue,
 * and green minus the mean of both.
 *
 * @param x [B, C, H, W]
 * @returns [B, W, C * H]
 * @throws InputError if x is no array, ShapeError if x does not have four axes
 * @example
 * const spectrum = cosineTransform(x); // of [8, 1, 28, 28]: [8, 28, 28]
 */
export function cosineTransform(x: NDArray): NDArray {
  checkTraced("cosineTransform", "x", x);
  if (x.ndim !== 4) throw new ShapeError(`cosineTransform: x is ${shapeText(x.shape)}, give images [B, C, H, W]`);
  const [count, channels, height, width] = x.shape;
  const alongColumns = matmul(x, transpose(constant(cosineMatrix(width))));
  return matmul(
    reshape(transpose(alongColumns, [0, 3, 1, 2]), [count, width, channels * height]),
    transpose(constant(rowsMatrix(channels, height))),
  );
}

/**
 * The inverse of `cosineTransform`, which is also its transpose.
 *
 * @param spectrum [B, W, C * H]
 * @param shape [C, H, W] of the images
 * @returns [B, C, H, W]
 * @throws InputError if the spectrum is no array, ShapeError if it does not have the shape for these images
 * @example
 * const [, ...shape] = x.shape;
 * const back = inverseCosineTransform(cosineTransform(x), shape); // x
 */
export function inverseCosineTransform(spectrum: NDArray, shape: readonly number[]): NDArray {
  checkTraced("inverseCosineTransform", "spectrum", spectrum);
  checkShape("inverseCosineTransform", shape, 1);
  const [channels, height, width] = shape;
  if (
    shape.length !== 3 ||
    spectrum.ndim !== 3 ||
    spectrum.shape[1] !== width ||
    spectrum.shape[2] !== channels * height
  )
    throw new ShapeError(
      `inverseCosineTransform: the spectrum is ${shapeText(spectrum.shape)}, images ${shapeText(shape)} have [B, W, C H]`,
    );
  const alongRows = matmul(spectrum, constant(rowsMatrix(channels, height)));
  return matmul(
    transpose(reshape(alongRows, [spectrum.shape[0], width, channels, height]), [0, 2, 3, 1]),
    constant(cosineMatrix(width)),
  );
}

/**
 * The matrix [n, n] of the transform along one axis: orthonormal rows sqrt((1 or 2) / n) cos(pi u (i + 1/2) / n).
 *
 * @throws InputError if the length is not an integer from 1 to 32,768
 * @example
 * const matrix = cosineMatrix(28); // [28, 28], its transpose is its inverse
 */
export function cosineMatrix(length: number): HostArray {
  checkArgument("cosineMatrix", "length", length, integerFrom(1, 32_768));
  const entry = (u: number, i: number): number =>
    Math.sqrt((u === 0 ? 1 : 2) / length) * Math.cos((Math.PI * u * (i + 0.5)) / length);
  return hostArray(
    Float32Array.from({ length: length ** 2 }, (_, at) => entry(Math.floor(at / length), at % length)),
    [length, length],
  );
}

/** Channels and rows together, [C H, C H]: one large product instead of a small one for each channel. */
function rowsMatrix(channels: number, height: number): HostArray {
  const [ofChannels, ofRows] = [cosineMatrix(channels).data, cosineMatrix(height).data];
  const size = channels * height;
  const data = Float32Array.from({ length: size ** 2 }, (_, at) => {
    const [to, from] = [Math.floor(at / size), at % size];
    const channel = Math.floor(to / height) * channels + Math.floor(from / height);
    return ofChannels[channel] * ofRows[(to % height) * height + (from % height)];
  });
  return hostArray(data, [size, size]);
}
