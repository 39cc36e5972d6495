import { z } from "zod";
import { randomSource } from "../../src/array/index.js";
import { boardHalfWidth, isOnCheckerboard } from "../../src/data/index.js";
import { exactPosterior } from "./cases.js";
import { type PointSampler } from "./sampler.js";

/** The observations that are drawn. */
export const shownObservations = [-1.5, -0.5, 0.5, 1.5] as const;
/** The latent plane is drawn on [-3.5, 3.5]^2, in so many cells a side. */
export const latentHalfWidth = 3.5;
export const latentCells = 160;
/** Posterior samples that are drawn. */
const shownSamples = 300;

/** Letters of the sixteen squares, row by row from the lower left; a filled square's samples lie on the board. */
const squareLetters = "abcdefghijklmnop";
const offBoard = ".";

const pointsSchema = z.array(z.number());

const modelPlanesSchema = z.strictObject({
  /** Where each latent cell's centre lands, a line of letters a row from the top: a square, or "." off the filled ones. */
  landing: z.array(z.string()),
  posteriors: z.array(
    z.strictObject({
      /** q(z | y) = N(mean, L L^T). */
      mean: pointsSchema,
      /** L, row by row. */
      factor: pointsSchema,
      /** Samples of p(x | y), x1 and x2 in turn. */
      samples: pointsSchema,
    }),
  ),
});

/** What the planes' figure shows of a model, with one evaluation of the flow map. */
export type ModelPlanes = z.output<typeof modelPlanesSchema>;

/** What the planes' figure shows. */
export const planesSchema = z.strictObject({
  joint: modelPlanesSchema,
  frozen: modelPlanesSchema,
  /** Exact posterior samples for each observation. */
  exact: z.array(pointsSchema),
});

/** What the planes' figure shows. */
export type Planes = z.output<typeof planesSchema>;

/** The letter of the filled square that a point lies on, or "." if it lies on none. */
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
    // The Gaussian's images of 0 and of the two unit vectors are its mean and, less the mean, the columns of its factor.
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

/** Exact posterior samples for the observations that are drawn. */
export function mapExact(sigma: number, seed: number): Planes["exact"] {
  const { data } = exactPosterior(Float32Array.from(shownObservations), sigma, shownSamples, seed, "planes");
  return shownObservations.map((_, i) => rounded(data.subarray(i * shownSamples * 2, (i + 1) * shownSamples * 2), 4));
}

function rounded(values: ArrayLike<number>, digits: number): number[] {
  return Array.from(values, (value) => Number(value.toFixed(digits)));
}
