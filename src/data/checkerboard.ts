import { aFunction, checkArgument, checkEntries, finiteNumber, integerFrom, positiveNumber } from "../options.js";
import { type HostArray, type RandomSource } from "../array/index.js";
import { InputError } from "../errors.js";

/** The board is [-boardHalfWidth, boardHalfWidth]^2, cut into 4 x 4 unit squares. */
export const boardHalfWidth = 2;

/**
 * Whether the point (x1, x2) lies on one of the eight filled squares: floor(x1) + floor(x2) is even.
 *
 * @example
 * isOnCheckerboard(0.5, 0.5); // true
 * isOnCheckerboard(0.5, 1.5); // false
 */
export function isOnCheckerboard(x1: number, x2: number): boolean {
  const isInside = (x: number): boolean => x >= -boardHalfWidth && x < boardHalfWidth;
  return isInside(x1) && isInside(x2) && (Math.floor(x1) + Math.floor(x2)) % 2 === 0;
}

function checkDraw(of: string, count: number, random: RandomSource): void {
  checkArgument(of, "count", count, integerFrom(0, mostPoints));
  checkEntries(of, "random", random, { uniform: aFunction, normal: aFunction });
}

const mostPoints = 2 ** 30;

/**
 * Draws points uniformly on the filled squares of the board, by rejection.
 *
 * @returns float32 [count, 2]
 * @throws InputError if `count` or `random` is not valid
 * @example
 * const points = drawCheckerboard(1000, randomSource(0, "board")); // [1000, 2]
 */
export function drawCheckerboard(count: number, random: RandomSource): HostArray {
  checkDraw("drawCheckerboard", count, random);
  const coordinate = (): number => (2 * random.uniform() - 1) * boardHalfWidth;
  const data = new Float32Array(count * 2);
  for (let i = 0; i < count;) {
    const [x1, x2] = [coordinate(), coordinate()];
    if (!isOnCheckerboard(x1, x2)) continue;
    data[2 * i] = x1;
    data[2 * i + 1] = x2;
    i += 1;
  }
  return { shape: [count, 2], data };
}

/**
 * Observations further than this many sigmas from the board are rejected, because rejection sampling would take too
 * long.
 */
const furthestObservation = 4.5;

/**
 * At the furthest observation 1 in 600,000 proposals is accepted. Many more in a row are rejected where sigma is far too
 * large, or is lost in the rounding of y.
 */
const mostRejected = 2 ** 25;

/**
 * Draws exact samples of p(x | y), y = x1 + sigma * eps, for the uniform distribution on the filled squares. Proposals
 * are N(y, sigma^2) for x1 and uniform on [-2, 2) for x2; they are rejected off the filled squares.
 *
 * @returns float32 [count, 2]
 * @throws InputError if y is more than 4.5 sigma away from the board, or sigma is so large or small that no proposal is
 *   accepted
 * @example
 * const exact = drawCheckerboardPosterior(0.3, 0.1, 1000, randomSource(0, "posterior")); // [1000, 2]
 */
export function drawCheckerboardPosterior(y: number, sigma: number, count: number, random: RandomSource): HostArray {
  checkDraw("drawCheckerboardPosterior", count, random);
  checkArgument("drawCheckerboardPosterior", "y", y, finiteNumber);
  checkArgument("drawCheckerboardPosterior", "sigma", sigma, positiveNumber());
  if (!(Math.abs(y) <= boardHalfWidth + furthestObservation * sigma))
    throw new InputError(`y = ${y} is too far from the board [-2, 2] for rejection at sigma ${sigma}`);
  const data = new Float32Array(count * 2);
  for (let i = 0, rejected = 0; i < count;) {
    // Rounded before the test, because the stored value has to lie on the board.
    const x1 = Math.fround(y + sigma * random.normal());
    const x2 = (2 * random.uniform() - 1) * boardHalfWidth;
    if (!isOnCheckerboard(x1, x2)) {
      if (++rejected > mostRejected)
        throw new InputError(`no point of the board [-2, 2] was found for y = ${y} by rejection at sigma ${sigma}`);
      continue;
    }
    rejected = 0;
    data[2 * i] = x1;
    data[2 * i + 1] = x2;
    i += 1;
  }
  return { shape: [count, 2], data };
}
