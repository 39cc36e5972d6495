/** The board is [-halfWidth, halfWidth]^2, cut into 4 x 4 unit squares, every second one filled. */
export const halfWidth = 2;

/** Standard deviation of the noise in y = x1 + sigma * eps. */
export const sigma = 0.1;

/** Observations that can be chosen. */
export const furthestY = 2.2;

/** The latent plane is shown on [-latentHalfWidth, latentHalfWidth]^2, in so many cells a side. */
export const latentHalfWidth = 3.2;
export const latentCells = 64;

/** Stands for every place that is on no filled square. */
export const offBoard = -1;

/** A filled square: its lower left corner. */
export interface Square {
  readonly x1: number;
  readonly x2: number;
}

const side = 2 * halfWidth;

/** The filled squares, column by column. */
export const squares: readonly Square[] = Array.from({ length: side * side }, (_, i) => ({
  x1: Math.floor(i / side) - halfWidth,
  x2: (i % side) - halfWidth,
})).filter(({ x1, x2 }) => (x1 + x2) % 2 === 0);

/** The number of the filled square that a point lies on, or `offBoard`. */
export function squareAt(x1: number, x2: number): number {
  const [column, row] = [Math.floor(x1), Math.floor(x2)];
  return squares.findIndex((square) => square.x1 === column && square.x2 === row);
}

/** A hue for each column of the board, which y tells apart; a shade for each of its two squares, which y does not. */
const shades = [
  [
    [31, 102, 173],
    [130, 181, 224],
  ],
  [
    [201, 100, 14],
    [240, 176, 116],
  ],
  [
    [35, 128, 74],
    [133, 201, 153],
  ],
  [
    [142, 47, 134],
    [211, 147, 206],
  ],
] as const;

/** The colour of a filled square by its number, each part from 0 to 255. */
export function squareColour(square: number): readonly [red: number, green: number, blue: number] {
  return shades[Math.floor(square / 2)][square % 2];
}
