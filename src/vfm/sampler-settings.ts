import { type NDArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { checkOptions, numberFrom, type OptionRule, pairOf } from "../options.js";
import {
  type GuidanceSettings,
  isGuided,
  type MeanVelocity,
  sampleFlowMap,
  sampleGamma,
  sampleRestart,
  timeGrid,
} from "../flow/index.js";

/** The samplers of a flow map by name: flow-map Euler, restart, and the gamma sampling of consistency trajectory models. */
export const flowMapSamplers = ["euler", "restart", "ctm"] as const;

/** How a sampler turns noise into data. */
export interface SamplerSettings {
  /** Number of steps, with one evaluation of the flow map each (two if guided). Default: 1. */
  steps?: number | undefined;
  /** Default: "euler". */
  sampler?: (typeof flowMapSamplers)[number] | undefined;
  /** The share of fresh noise of "ctm", in [0, 1]: 0 is "euler", 1 is "restart". The other samplers do not take it. */
  gamma?: number | undefined;
  /** Classifier-free guidance towards the label. Default: none. */
  guidance?: GuidanceSettings | undefined;
}

/** A flow map with and without a label. */
export interface LabelledFlowMap {
  /** u given the samples' labels, or without labels if there are none. */
  meanVelocity: MeanVelocity;
  /** u without labels. */
  unconditional: MeanVelocity;
}

/** Number of arrays of fresh noise that a sampler takes besides its initial noise. */
export function freshNoiseCount({ steps = 1, sampler = "euler" }: SamplerSettings): number {
  return sampler === "euler" ? 0 : steps - 1;
}

/** Number of evaluations of the flow map for each sample: one for a step, two for a guided step. */
export function countEvaluations({ steps = 1, guidance }: SamplerSettings): number {
  return steps + timeGrid(steps).filter((time, k) => k < steps && isGuided(guidance, time)).length;
}

/**
 * Turns noise z into data with the sampler that `settings` names.
 *
 * @param z [B, ...]
 * @param fresh `freshNoiseCount(settings)` arrays of standard normal noise of z's shape
 * @returns data of z's shape
 */
export function runSampler(
  { meanVelocity, unconditional }: LabelledFlowMap,
  z: NDArray,
  fresh: readonly NDArray[],
  { steps = 1, sampler = "euler", gamma = 0, guidance }: SamplerSettings,
): NDArray {
  const options = guidance === undefined ? {} : { guidance: { unconditional, ...guidance } };
  switch (sampler) {
    case "euler":
      return sampleFlowMap(meanVelocity, z, steps, options);
    case "restart":
      return sampleRestart(meanVelocity, z, fresh, options);
    case "ctm":
      return sampleGamma(meanVelocity, z, fresh, gamma, options);
  }
}

const intervalRule: OptionRule = {
  wanted: "two times 0 <= low <= high <= 1",
  accepts: (value) => pairOf(numberFrom(0, 1)).accepts(value) && (value as number[])[0] <= (value as number[])[1],
};

/**
 * Checks that a sampler's settings fit each other, after each has been checked by `sampleRules`.
 *
 * @throws InputError if gamma is missing or given to a sampler that does not take it, or if the guidance's scale or
 *   interval is wrong
 */
export function checkSampler({ sampler = "euler", gamma, guidance }: SamplerSettings): void {
  if ((sampler === "ctm") !== (gamma !== undefined))
    throw new InputError(
      gamma === undefined
        ? 'the sampler "ctm" needs gamma, in [0, 1]'
        : `the sampler "${sampler}" has no gamma: leave it out`,
    );
  if (guidance === undefined) return;
  checkOptions("guidance", guidance, { scale: numberFrom(0), interval: intervalRule }, ["scale"]);
}
