import { aFunction, checkArgument } from "../options.js";
import { type Numbers, rowCount } from "./arrays.js";

/**
 * Support accuracy: the share of points that lie where the data's density is positive.
 *
 * @param points [n, 2]
 * @param isInSupport whether a point is in the support, e.g. `isOnCheckerboard`
 * @throws ShapeError if the points are not whole pairs
 * @throws InputError if a value is not finite
 * @example
 * supportAccuracy(points.data, isOnCheckerboard); // 1 if all are on the board
 */
export function supportAccuracy(points: Numbers, isInSupport: (x1: number, x2: number) => boolean): number {
  const n = rowCount(points, 2, "support accuracy");
  checkArgument("support accuracy", "isInSupport", isInSupport, aFunction);
  let inside = 0;
  for (let i = 0; i < n; i++) if (isInSupport(points[2 * i], points[2 * i + 1])) inside += 1;
  return inside / n;
}
