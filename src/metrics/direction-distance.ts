import { checkSameLength, type Numbers } from "./arrays.js";

/**
 * Squared distance of two feature vectors after each is scaled to length 1, in [0, 4]: 2 - 2 cos. LPIPS (Zhang et al.
 * 2018) compares features in this way with weights; here there are none. A zero vector has no direction; its distance
 * counts as 1, and to another zero vector as 0.
 *
 * @throws ShapeError if the lengths differ
 * @throws InputError if a value is not finite
 * @example
 * directionDistance([1, 0], [0, 2]); // 2
 */
export function directionDistance(a: Numbers, b: Numbers): number {
  checkSameLength(a, b, "direction distance");
  let [product, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    product += a[i] * b[i];
    squaresA += a[i] ** 2;
    squaresB += b[i] ** 2;
  }
  if (squaresA === 0 || squaresB === 0) return squaresA === squaresB ? 0 : 1;
  return Math.max(0, 2 - (2 * product) / Math.sqrt(squaresA * squaresB));
}
