import { add, constant, type HostArray, matmul, mul, type NDArray, reshape, transpose } from "../array/index.js";
import { type ImageShape, imageShapeOf } from "../data/index.js";

/**
 * A filter of reflected images, one for each sample: the factors of the four products of a cosine or sine along the
 * columns and along the rows. Each is [B, W, H], the frequencies of the columns first.
 */
export type ReflectedResponse = Record<Part, Record<Part, NDArray>>;

/** Along an axis, the part of a filter that leaves a wave's phase as it is, or turns it by a quarter. */
type Part = "cosine" | "sine";

/**
 * Cross-correlation of each image with the kernel of its own sample, as products of matrices in the frequency domain.
 * The image is reflected at its border pixels, which are not repeated.
 *
 * Along an axis of n pixels the reflected image has the period 2 (n - 1) and is even, so it is a sum of n cosines,
 *
 *   x_r = sum_u X_u cos(theta_u r),  theta_u = pi u / (n - 1),
 *
 * which a kernel turns into cosines and sines:
 *
 *   sum_i k_i x_(r + i) = sum_u X_u (cos(theta_u r) sum_i k_i cos(theta_u i) - sin(theta_u r) sum_i k_i sin(theta_u i)).
 *
 * With two axes there are four such terms. Apart from four multiplications by the kernel's spectrum, the work consists
 * of products of all images at once with constant matrices: 16 n^3 floating-point operations for an image of n x n
 * pixels, whatever the kernel's side.
 *
 * @param x [B, C, H, W]
 * @param kernel [B, taps, taps], with taps odd and the middle tap over the pixel
 * @returns [B, C, H, W]
 */
export function correlateReflected(x: NDArray, kernel: NDArray): NDArray {
  return filterReflected(x, kernelResponse(kernel, imageShapeOf(x)));
}

/** The filter of a correlation with `kernel`, [B, taps, taps]: sums of k_ij times cosines and negative sines. */
export function kernelResponse(
  kernel: NDArray,
  { height, width }: Pick<ImageShape, "height" | "width">,
): ReflectedResponse {
  const taps = kernel.shape[1];
  const [rows, columns] = [kernelWaves(height, taps), kernelWaves(width, taps)];
  const turned = swapAxes(kernel);
  const response = (ofColumns: Part, ofRows: Part): NDArray =>
    swapAxes(times(swapAxes(times(turned, rows[ofRows])), columns[ofColumns]));
  const along = (ofColumns: Part) => ({ cosine: response(ofColumns, "cosine"), sine: response(ofColumns, "sine") });
  return { cosine: along("cosine"), sine: along("sine") };
}

/** Applies a filter to reflected images. x: [B, C, H, W], of the same shape as the result. */
export function filterReflected(x: NDArray, response: ReflectedResponse): NDArray {
  const { height, width } = imageShapeOf(x);
  const count = x.shape[0];
  const [rows, columns] = [imageWaves(height), imageWaves(width)];
  // From here on the frequencies of the columns come before those of the rows, so that fewer arrays have to be moved.
  const spectrum = times(swapAxes(times(x, columns.analysis)), rows.analysis);
  const term = (ofColumns: Part, ofRows: Part): NDArray =>
    times(mul(spectrum, reshape(response[ofColumns][ofRows], [count, 1, width, height])), rows.synthesis[ofRows]);
  const along = (ofColumns: Part): NDArray => add(term(ofColumns, "cosine"), term(ofColumns, "sine"));
  return add(
    times(swapAxes(along("cosine")), columns.synthesis.cosine),
    times(swapAxes(along("sine")), columns.synthesis.sine),
  );
}

/** A kernel's cosines and negative sines along an axis of `length` pixels, [taps, length]. */
function kernelWaves(length: number, taps: number): Record<Part, HostArray> {
  const angle = frequencyStep(length);
  const middle = (taps - 1) / 2;
  return {
    cosine: matrix(taps, length, (i, u) => Math.cos(angle * u * (i - middle))),
    sine: matrix(taps, length, (i, u) => -Math.sin(angle * u * (i - middle))),
  };
}

/** The matrices, [length, length], of an axis of an image: its analysis into cosines, and their inverse. */
function imageWaves(length: number): { analysis: HostArray; synthesis: Record<Part, HostArray> } {
  const last = length - 1;
  const angle = frequencyStep(length);
  // The border pixels are not repeated, nor are the lowest and the highest frequency.
  const weight = (index: number): number => (index % last === 0 ? 0.5 : 1);
  return {
    analysis: matrix(length, length, (r, u) =>
      last === 0 ? 1 : (2 / last) * weight(r) * weight(u) * Math.cos(angle * u * r),
    ),
    synthesis: {
      cosine: matrix(length, length, (u, r) => Math.cos(angle * u * r)),
      sine: matrix(length, length, (u, r) => Math.sin(angle * u * r)),
    },
  };
}

/** theta_1, the lowest frequency above zero in radians a pixel. */
function frequencyStep(length: number): number {
  return length === 1 ? 0 : Math.PI / (length - 1);
}

function matrix(rows: number, columns: number, entry: (row: number, column: number) => number): HostArray {
  const data = Float32Array.from({ length: rows * columns }, (_, i) => entry(Math.floor(i / columns), i % columns));
  return { shape: [rows, columns], data };
}

function times(x: NDArray, by: HostArray): NDArray {
  return matmul(x, constant(by));
}

/** The last two axes swapped. */
function swapAxes(x: NDArray): NDArray {
  return transpose(x, [...Array(x.ndim - 2).keys(), x.ndim - 1, x.ndim - 2]);
}
