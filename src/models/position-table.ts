import { hostArray, type HostArray } from "../array/index.js";

/**
 * Fixed two-dimensional sine-cosine positions of a grid of patches. The first half of the channels encodes the column,
 * the second half the row, each as [sin(w_i p), cos(w_i p)] with w_i = 10,000^(-i / (size / 4)). `size` is a multiple
 * of 4. Result: [1, rows * columns, size].
 */
export function positionTable(rows: number, columns: number, size: number): HostArray {
  const quarter = size / 4;
  const data = new Float32Array(rows * columns * size);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const start = (row * columns + column) * size;
      for (let i = 0; i < quarter; i++) {
        const frequency = 10_000 ** (-i / quarter);
        data[start + i] = Math.sin(column * frequency);
        data[start + quarter + i] = Math.cos(column * frequency);
        data[start + 2 * quarter + i] = Math.sin(row * frequency);
        data[start + 3 * quarter + i] = Math.cos(row * frequency);
      }
    }
  }
  return hostArray(data, [1, rows * columns, size]);
}
