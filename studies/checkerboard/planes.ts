import { z } from "zod";
import { randomSource } from "../../src/array/index.js";
import { boardHalfWidth, isOnCheckerboard } from "../../src/data/index.js";
import { exactPosterior } from "./cases.js";
import { type PointSampler } from "./sampler.js";

/** The observations in the figure. */
export const shownObservations = [-1.5, -0.5, 0.5, 1.5] as const;
/** The latent plane is drawn on [-3.5, 3.5]^2, with this many cells on each side. */
export const latentHalfWidth = 3.5;
export const latentCells = 160;
/** Number of posterior samples in the figure. */
const shownSamples = 300;

/** Letters of the sixteen squares, row by row from the lower left; only samples on filled squares are on the board. */
const squareLetters = "abcdefghijklmnop";
const offBoard = ".";

const pointsSchema = z.array(z.number());

const modelPlanesSchema = z.strictObject({
  /**
   * The square to which the centre of each latent cell is mapped, one line of letters for each row from the top; "." is
   * off the filled squares.
   */
  landing: z.array(z.string()),
  posteriors: z.array(
    z.strictObject({
      /** q(z | y) = N(mean, L L^T). */
      mean: pointsSchema,
      /** L, row by row. */
      factor: pointsSchema,
      /** Samples of p(x | y), with x1 and x2 alternating. */
      samples: pointsSchema,
    }),
  ),
});

/** The data of a model for the figure of planes, with one evaluation of the flow map. */
export type ModelPlanes = z.output<typeof modelPlanesSchema>;

/** The data for the figure of planes. */
export const planesSchema = z.strictObject({
  joint: modelPlanesSchema,
  frozen: modelPlanesSchema,
  /** Exact posterior samples for each observation. */
  exact: z.array(pointsSchema),
});

/** The data for the figure of planes. */
export type Planes = z.output<typeof planesSchema>;

/** The letter of the filled square on which a point lies, or "." if there is none. */
export function landingLetter(x1: number, x2: number): string {
  if (!isOnCheckerboard(x1, x2)) return offBoard;
  return squareLetters[4 * Math.floor(x2 + boardHalfWidth) + Math.floor(x1 + boardHalfWidth)];
}

/** The filled squares with their letters and lower left corners. */
export function filledSquares(): { letter: string; x1: number; x2: number }[] {
  return Array.from(squareLetters)
    .map((letter, i) => ({ letter, x1: (i % 4) - boardHalfWidth, x2: Math.floor(i / 4) - boardHalfWidth }))
    .filter(({ x1, x2 }) => isOnCheckerboard(x1, x2));
}

/** Maps a model's latent plane and posteriors. */
export async function mapModel(sampler: PointSampler, seed: number): Promise<ModelPlanes> {
  const centre = (cell: number): number => ((cell + 0.5) / latentCells) * 2 * latentHalfWidth - latentHalfWidth;
  const grid = new Float32Array(2 * latentCells ** 2);
  for (let i = 0; i < latentCells ** 2; i++) {
    grid[2 * i] = centre(i % latentCells);
    grid[2 * i + 1] = -centre(Math.floor(i / latentCells));
  }
  const landed = await sampler.pushForward(grid, 1);
  const row = (index: number): string =>
    Array.from({ length: latentCells }, (_, column) => {
      const i = 2 * (index * latentCells + column);
      return landingLetter(landed[i], landed[i + 1]);
    }).join("");
  const posteriors = [];
  for (const y of shownObservations) {
    // The Gaussian's images of 0 and of the two unit vectors are its mean and, after subtracting the mean, the columns
    // of its factor.
    const corners = await sampler.drawNoise(new Float32Array(3).fill(y), Float32Array.of(0, 0, 1, 0, 0, 1));
    const [m1, m2, a1, a2, b1, b2] = corners;
    const eps = randomSource(seed, "checkerboard planes", y).normalArray([shownSamples, 2]).data as Float32Array;
    const z = await sampler.drawNoise(new Float32Array(shownSamples).fill(y), eps);
    posteriors.push({
      mean: rounded([m1, m2], 4),
      factor: rounded([a1 - m1, b1 - m1, a2 - m2, b2 - m2], 4),
      samples: rounded(await sampler.pushForward(z, 1), 4),
    });
  }
  return { landing: Array.from({ length: latentCells }, (_, index) => row(index)), posteriors };
}

/** Exact posterior samples for the observations in the figure. */
export function mapExact(sigma: number, seed: number): Planes["exact"] {
  const { data } = exactPosterior(Float32Array.from(shownObservations), sigma, shownSamples, seed, "planes");
  return shownObservations.map((_, i) => rounded(data.subarray(i * shownSamples * 2, (i + 1) * shownSamples * 2), 4));
}

function rounded(values: ArrayLike<number>, digits: number): number[] {
  return Array.from(values, (value) => Number(value.toFixed(digits)));
}
