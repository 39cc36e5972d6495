import { constant, type HostArray, matmul, type NDArray, transpose } from "../array/index.js";

/**
 * The linear map along one axis as a matrix [rows, columns], from its non-zero entries: `entries(row)` -> [column,
 * weight] pairs.
 */
export function axisMatrix(
  rows: number,
  columns: number,
  entries: (row: number) => Iterable<readonly [number, number]>,
): HostArray {
  const data = new Float32Array(rows * columns);
  for (let row = 0; row < rows; row++)
    for (const [column, weight] of entries(row)) data[row * columns + column] += weight;
  return { shape: [rows, columns], data };
}

/** The index on an axis of `length` pixels, mirrored at the border pixels, which are not repeated: -1 -> 1. */
export function reflectIndex(index: number, length: number): number {
  const period = Math.max(1, 2 * (length - 1));
  const position = ((index % period) + period) % period;
  return Math.min(position, period - position) % length;
}

/**
 * The index on an axis of `length` pixels, mirrored at the image's edge, where the border pixel is repeated: -1 -> 0.
 */
export function mirrorIndex(index: number, length: number): number {
  const period = 2 * length;
  const position = ((index % period) + period) % period;
  return Math.min(position, period - 1 - position);
}

/**
 * A separable linear map of images as two matrix products: rows x columns^T.
 * x: [B, C, H, W], rows: [H', H], columns: [W', W] -> [B, C, H', W'].
 */
export function applyAlongAxes(rows: HostArray, x: NDArray, columns: HostArray): NDArray {
  return applyToRows(rows, matmul(x, transpose(constant(columns))));
}

/** A linear map along the height of images. matrix: [H', H], x: [B, C, H, W] -> [B, C, H', W]. */
function applyToRows(matrix: HostArray, x: NDArray): NDArray {
  // With the image as the left factor this is one large product, not one for each image.
  return swapSpatialAxes(matmul(swapSpatialAxes(x), transpose(constant(matrix))));
}

function swapSpatialAxes(x: NDArray): NDArray {
  return transpose(x, [0, 1, 3, 2]);
}
