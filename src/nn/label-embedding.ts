import { checkShapes, constant, equal, hostArray, matmul, type NDArray, reshape, toFloat } from "../array/index.js";
import { checkArgument, positiveInteger } from "../options.js";

/**
 * The rows of the identity matrix with integer labels as indices. labels: int32 [B], 0 <= label < count -> [B, count].
 *
 * @throws InputError if the labels are no array [B] or the count is not a positive integer
 * @example
 * const rows = oneHot(labels, 10); // [B, 10]
 */
export function oneHot(labels: NDArray, count: number): NDArray {
  checkShapes("oneHot", { labels: [labels, ["B"]] });
  checkArgument("oneHot", "count", count, positiveInteger);
  const classes = Int32Array.from({ length: count }, (_, i) => i);
  return toFloat(equal(reshape(labels, [-1, 1]), constant(hostArray(classes, [1, count]))));
}

/**
 * Rows of a table looked up by label, as a product with one-hot rows, so that the gradient needs no scatter.
 * table: [classes, D] (a last row may represent "no label"), labels: int32 [B] -> [B, D].
 *
 * @throws InputError if an argument is no array or has another number of axes
 * @example
 * const condition = labelEmbedding(weight, labels); // the weights' row of each label
 */
export function labelEmbedding(table: NDArray, labels: NDArray): NDArray {
  checkShapes("labelEmbedding", { table: [table, ["classes", "D"]], labels: [labels, ["B"]] });
  return matmul(oneHot(labels, table.shape[0]), table);
}
