import { hostZeros, type NormalSource, randomSource, sizeOf } from "../array/index.js";

/**
 * Returns the source of the noise for a purpose: "prior"; "posterior"; "fresh" and the number of a step; "residual"; or
 * "observation noise". Its rows are taken in order: the samples of the first observation, then those of the second, and
 * so on.
 */
export type NoiseOf = (...drawn: (string | number)[]) => NormalSource;

/**
 * Noise from one seed, or from one seed for each observation, so that its samples do not depend on the other
 * observations.
 *
 * @param samples number of samples of each observation
 */
export function noiseOfSeed(seed: number | readonly number[], samples: number): NoiseOf {
  if (typeof seed === "number") return (...drawn) => randomSource(seed, ...drawn);
  return (...drawn) => {
    const sources = seed.map((own) => randomSource(own, ...drawn));
    let sample = 0;
    return {
      normalArray([count, ...shape]) {
        const rows = hostZeros([count, ...shape]);
        for (let row = 0; row < count; row++, sample++)
          rows.data.set(sources[Math.floor(sample / samples)].normalArray(shape).data, row * sizeOf(shape));
        return rows;
      },
    };
  };
}
