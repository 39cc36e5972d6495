import { type HostArray, hostArray, randomSource } from "../../src/array/index.js";
import { drawCheckerboard, drawCheckerboardPosterior } from "../../src/data/index.js";

/** The number of observations in an evaluation, and of samples. */
export interface EvaluationSize {
  /** Number of pairs (x, y). */
  pairs: number;
  /** Number of posterior samples of each y. */
  samples: number;
  /** Number of unconditional samples. */
  priorSamples: number;
}

/** The size of the evaluation behind the tables of results. */
export const fullEvaluation: EvaluationSize = { pairs: 2000, samples: 100, priorSamples: 20_000 };

/** Held-out pairs (x, y), y = x1 + sigma * eps, with the references for samplers. */
export interface Cases {
  sigma: number;
  /** x, [pairs, 2]. */
  truth: HostArray;
  /** y, [pairs]. */
  observations: Float32Array;
  /** y', another observation of the same x, [pairs]. */
  freshObservations: Float32Array;
  /** Exact samples of p(x | y): the references of the MMD, [pairs, samples, 2]. */
  posterior: HostArray;
  /** Samples of p(x): the references of the prior's MMD, [pairs, 2]. */
  prior: HostArray;
}

/** Draws the cases of a seed: points from the board's own distribution, not from any training set. */
export function drawCases(sigma: number, { pairs, samples }: EvaluationSize, seed: number): Cases {
  const source = (...path: string[]) => randomSource(seed, "checkerboard cases", ...path);
  const truth = drawCheckerboard(pairs, source("truth"));
  const observe = (name: string): Float32Array => {
    const random = source(name);
    return Float32Array.from({ length: pairs }, (_, i) => truth.data[2 * i] + sigma * random.normal());
  };
  const observations = observe("observation");
  return {
    sigma,
    truth,
    observations,
    freshObservations: observe("fresh observation"),
    posterior: exactPosterior(observations, sigma, samples, seed, "reference"),
    prior: drawCheckerboard(pairs, source("prior")),
  };
}

/**
 * Draws exact samples of p(x | y) for every y; `name` distinguishes several sets of them.
 *
 * @param observations y, [pairs]
 * @returns [pairs, samples, 2]
 * @throws InputError if an observation is more than 4.5 sigma away from the board
 */
export function exactPosterior(
  observations: Float32Array,
  sigma: number,
  samples: number,
  seed: number,
  name: string,
): HostArray {
  const random = randomSource(seed, "checkerboard posterior", name);
  const drawn = new Float32Array(observations.length * samples * 2);
  observations.forEach((y, i) => drawn.set(drawCheckerboardPosterior(y, sigma, samples, random).data, i * samples * 2));
  return hostArray(drawn, [observations.length, samples, 2]);
}
