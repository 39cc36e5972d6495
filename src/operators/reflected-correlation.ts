import { add, constant, type HostArray, matmul, mul, type NDArray, reshape, transpose } from "../array/index.js";
import { imageShapeOf } from "../data/index.js";

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
  const { height, width } = imageShapeOf(x);
  const [count, taps] = kernel.shape;
  const [rows, columns] = [axisTransforms(height, taps), axisTransforms(width, taps)];
  // From here on the frequencies of the columns come before those of the rows, so that fewer arrays have to be moved.
  const spectrum = times(swapAxes(times(x, columns.analysis)), rows.analysis);
  const turned = swapAxes(kernel);
  const term = (ofRows: Part, ofColumns: Part): NDArray => {
    const response = swapAxes(times(swapAxes(times(turned, rows.kernel[ofRows])), columns.kernel[ofColumns]));
    return times(mul(spectrum, reshape(response, [count, 1, width, height])), rows.synthesis[ofRows]);
  };
  const along = (ofColumns: Part): NDArray => add(term("cosine", ofColumns), term("sine", ofColumns));
  return add(
    times(swapAxes(along("cosine")), columns.synthesis.cosine),
    times(swapAxes(along("sine")), columns.synthesis.sine),
  );
}

type Part = "cosine" | "sine";

/**
 * The matrices of one axis: the pixels' cosines [n, n], a kernel's cosines and (negative) sines [taps, n], and the
 * inverse [n, n].
 */
interface AxisTransforms {
  analysis: HostArray;
  kernel: Record<Part, HostArray>;
  synthesis: Record<Part, HostArray>;
}

function axisTransforms(length: number, taps: number): AxisTransforms {
  const last = length - 1;
  const angle = last === 0 ? 0 : Math.PI / last;
  // The border pixels are not repeated, nor are the lowest and the highest frequency.
  const weight = (index: number): number => (index % last === 0 ? 0.5 : 1);
  const middle = (taps - 1) / 2;
  return {
    analysis: matrix(length, length, (r, u) =>
      last === 0 ? 1 : (2 / last) * weight(r) * weight(u) * Math.cos(angle * u * r),
    ),
    kernel: {
      cosine: matrix(taps, length, (i, u) => Math.cos(angle * u * (i - middle))),
      sine: matrix(taps, length, (i, u) => -Math.sin(angle * u * (i - middle))),
    },
    synthesis: {
      cosine: matrix(length, length, (u, r) => Math.cos(angle * u * r)),
      sine: matrix(length, length, (u, r) => Math.sin(angle * u * r)),
    },
  };
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
