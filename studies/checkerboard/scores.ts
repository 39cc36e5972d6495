import { type HostArray } from "../../src/array/index.js";
import { isOnCheckerboard } from "../../src/data/index.js";
import { energyScore, nlpd, squaredMmd, supportAccuracy } from "../../src/metrics/index.js";
import { type Cases } from "./cases.js";
import { type Scores } from "./result.js";

/** A sampler's samples for the cases. */
export interface SampledCases {
  /** [pairs, samples, 2]. */
  posterior: HostArray;
  /** [priorSamples, 2], at least as many as cases. */
  prior: HostArray;
}

/**
 * Scores of a sampler, averaged over the cases:
 *
 * - NLPD of y' and CRPS of x (for both, lower is better); the CRPS is the energy score of points;
 * - support accuracy of posterior and prior samples;
 * - MMD, the square root of the unbiased estimate, or 0 if that is negative: of each posterior against exact samples of
 *   the same y, and of the prior against samples of the board.
 *
 * @throws ShapeError if the number of samples does not match the cases
 */
export function scoreSampler(cases: Cases, { posterior, prior }: SampledCases): Scores {
  const [pairs, samples] = posterior.shape;
  const totals = { nlpd: 0, crps: 0, crpsFair: 0, mmdPosterior: 0 };
  const firstCoordinates = new Float32Array(samples);
  for (let i = 0; i < pairs; i++) {
    const ofCase = (array: HostArray, rows: number) => array.data.subarray(i * rows * 2, (i + 1) * rows * 2);
    const drawn = ofCase(posterior, samples);
    for (let j = 0; j < samples; j++) firstCoordinates[j] = drawn[2 * j];
    const energy = energyScore(drawn, ofCase(cases.truth, 1));
    totals.nlpd += nlpd([cases.freshObservations[i]], firstCoordinates, cases.sigma);
    totals.crps += energy.plain;
    totals.crpsFair += energy.fair;
    totals.mmdPosterior += rootMmd(drawn, ofCase(cases.posterior, cases.posterior.shape[1]));
  }
  return {
    nlpd: totals.nlpd / pairs,
    crps: totals.crps / pairs,
    crpsFair: totals.crpsFair / pairs,
    supportPosterior: supportAccuracy(posterior.data, isOnCheckerboard),
    supportPrior: supportAccuracy(prior.data, isOnCheckerboard),
    mmdPosterior: totals.mmdPosterior / pairs,
    mmdPrior: rootMmd(prior.data.subarray(0, 2 * pairs), cases.prior.data),
  };
}

function rootMmd(points: HostArray["data"], reference: HostArray["data"]): number {
  return Math.sqrt(Math.max(0, squaredMmd(points, reference, 2)));
}
