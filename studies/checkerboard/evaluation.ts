import { type HostArray, hostArray, randomSource } from "../../src/array/index.js";
import { drawCheckerboard } from "../../src/data/index.js";
import { type Cases, type EvaluationSize, exactPosterior } from "./cases.js";
import { type ScoresBySteps } from "./result.js";
import { type PointSampler } from "./sampler.js";
import { scoreSampler } from "./scores.js";

/** Scores of a trained model with one and with four evaluations of its flow map; the noise is the same for both. */
export async function evaluateModel(
  sampler: PointSampler,
  cases: Cases,
  { samples, priorSamples }: EvaluationSize,
  seed: number,
): Promise<ScoresBySteps> {
  const pairs = cases.observations.length;
  const noise = (name: string, count: number): Float32Array =>
    randomSource(seed, "checkerboard evaluation", name).normalArray([count, 2]).data as Float32Array;
  const repeated = Float32Array.from(
    { length: pairs * samples },
    (_, i) => cases.observations[Math.floor(i / samples)],
  );
  const posteriorNoise = await sampler.drawNoise(repeated, noise("posterior", pairs * samples));
  const priorNoise = noise("prior", priorSamples);
  const score = async (steps: 1 | 4) =>
    scoreSampler(cases, {
      posterior: hostArray(await sampler.pushForward(posteriorNoise, steps), [pairs, samples, 2]),
      prior: hostArray(await sampler.pushForward(priorNoise, steps), [priorSamples, 2]),
    });
  return { k1: await score(1), k4: await score(4) };
}

/**
 * Scores of the exact posterior and the exact prior, which are the floor. They take no steps, so both columns are the
 * same.
 */
export function evaluateExact(cases: Cases, { samples, priorSamples }: EvaluationSize, seed: number): ScoresBySteps {
  const posterior: HostArray = exactPosterior(cases.observations, cases.sigma, samples, seed, "floor");
  const prior = drawCheckerboard(priorSamples, randomSource(seed, "checkerboard evaluation", "exact prior"));
  const scores = scoreSampler(cases, { posterior, prior });
  return { k1: scores, k4: scores };
}
