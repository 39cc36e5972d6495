import { type HostArray } from "../array/index.js";
import { engineRules, type EngineSettings } from "../compile/index.js";
import { aFunction, anObject, numberFrom, oneOf, type OptionRules, positiveInteger, seedNumber } from "../options.js";
import { flowMapSamplers, type SamplerSettings } from "./sampler-settings.js";

/** Options of `samplePrior`. */
export interface SampleOptions extends SamplerSettings, EngineSettings {
  /** Number of samples, of each observation if there are any. */
  samples: number;
  /**
   * The label of all samples, or one for each observation (where there are none, for each sample), for a flow map that
   * knows labels. Default: none.
   */
  label?: number | Int32Array | undefined;
  /** Seed of the samples. */
  seed: number;
  /** Greatest number of samples drawn at once; it bounds the memory. Default: 64 images, or 512 points. */
  batchSize?: number | undefined;
  /** Called before every batch with the share of the samples that are drawn. If it throws, sampling ends. */
  onBatch?: ((done: number) => void) | undefined;
}

/** The options of a sampler without its seed. */
export type DrawSettings = Omit<SampleOptions, "seed">;

/** The rules for the options of `samplePrior`. */
export const sampleRules: OptionRules<SampleOptions> = {
  samples: positiveInteger,
  batchSize: positiveInteger,
  seed: seedNumber,
  steps: positiveInteger,
  sampler: oneOf(flowMapSamplers),
  gamma: numberFrom(0, 1),
  guidance: anObject,
  label: {
    wanted: "a number, or an Int32Array of one for each observation or sample",
    accepts: (value) => typeof value === "number" || value instanceof Int32Array,
  },
  onBatch: aFunction,
  ...engineRules,
};

/** Samples and what they cost. */
export interface Samples {
  /** [N, samples, ...imageShape]; [samples, ...imageShape] for one observation or the prior. */
  readonly samples: HostArray;
  /** Number of evaluations of the flow map for each sample. */
  readonly evaluations: number;
}
