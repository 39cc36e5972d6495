import { type HostArray, type RandomSource } from "../array/index.js";

/** The board is [-boardHalfWidth, boardHalfWidth]^2, cut into 4 x 4 unit squares. */
export const boardHalfWidth = 2;

/** Tells whether the point (x1, x2) lies on one of the eight filled squares: floor(x1) + floor(x2) even. */
export function isOnCheckerboard(x1: number, x2: number): boolean {
  const isInside = (x: number): boolean => x >= -boardHalfWidth && x < boardHalfWidth;
  return isInside(x1) && isInside(x2) && (Math.floor(x1) + Math.floor(x2)) % 2 === 0;
}

/**
 * Points uniform on the filled squares of the board, by rejection.
 *
 * @returns float32 [count, 2]
 */
export function drawCheckerboard(count: number, random: RandomSource): HostArray {
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
