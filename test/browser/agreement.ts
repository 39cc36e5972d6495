/** Root mean square of what samples may differ by: a thousandth of the range of images, [-1, 1]. */
export const tolerance = 1e-3 * 2;

/** Root mean square of the differences of two lists. */
export function rootMeanSquare(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt(Array.from(a).reduce((sum, value, i) => sum + (value - b[i]) ** 2, 0) / a.length);
}
