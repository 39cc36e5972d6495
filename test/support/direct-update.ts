import { CholeskyDecomposition, Matrix } from "ml-matrix";

/** The rows of a matrix without their zeros. */
export type SparseRows = readonly { columns: Int32Array; values: Float64Array }[];

/** A linear map [D] -> [M] as sparse rows, from its images [D, M] of the unit vectors. */
export function sparseRows(images: ArrayLike<number>, size: number): SparseRows {
  const count = images.length / size;
  return Array.from({ length: count }, (_, row) => {
    const columns = Array.from({ length: size }, (_, i) => i).filter((i) => images[i * count + row] !== 0);
    return {
      columns: Int32Array.from(columns),
      values: Float64Array.from(columns, (i) => images[i * count + row]),
    };
  });
}

function times(map: SparseRows, x: ArrayLike<number>): number[] {
  return map.map(({ columns, values }) => {
    let sum = 0;
    for (let i = 0; i < columns.length; i++) sum += values[i] * x[columns[i]];
    return sum;
  });
}

/**
 * x + e + C A^T (A C A^T + sigma^2 I)^-1 (y + sigma eps - A (x + e)) of one image, in double precision by a Cholesky factorisation.
 *
 * @param covariance C, [D, D]
 * @param drawn x + e
 */
export function directUpdate(
  map: SparseRows,
  covariance: Matrix,
  sigma: number,
  { drawn, y, eps }: Record<"drawn" | "y" | "eps", ArrayLike<number>>,
): number[] {
  // Row by row of A C, and of A (A C)^T.
  const rows = covariance.to2DArray().map((row) => Float64Array.from(row));
  const seenBy = map.map(({ columns, values }) => {
    const seen = new Float64Array(rows.length);
    for (let i = 0; i < columns.length; i++) {
      const row = rows[columns[i]];
      for (let j = 0; j < row.length; j++) seen[j] += values[i] * row[j];
    }
    return seen;
  });
  const system = new Matrix(seenBy.map((row) => times(map, row)));
  for (let i = 0; i < map.length; i++) {
    system.set(i, i, system.get(i, i) + sigma ** 2);
    for (let j = 0; j < i; j++) system.set(j, i, system.get(i, j));
  }
  const seen = times(map, drawn);
  const right = Matrix.columnVector(seen.map((value, i) => y[i] + sigma * eps[i] - value));
  const solution = new CholeskyDecomposition(system).solve(right).to1DArray();
  return Array.from(drawn, (value, j) => seenBy.reduce((sum, row, i) => sum + row[j] * solution[i], value));
}
