import { type HostArray } from "../array/index.js";
import { type Observation } from "../operators/index.js";
import { anyValue, type OptionRules, positiveInteger, seedNumber } from "../options.js";

/** Options of a posterior sampler. */
export interface DrawOptions {
  /** Number of samples of each observation. */
  samples: number;
  /** Seed of the samples, which do not depend on the batch size. */
  seed: number;
  /** Called and awaited after every step, of every batch, of a sampler with steps. If it throws, sampling ends. */
  onStep?: ((progress: StepProgress) => void | Promise<void>) | undefined;
}

/** The rules for the options of a posterior sampler. */
export const drawRules: OptionRules<DrawOptions> = { samples: positiveInteger, seed: seedNumber, onStep: anyValue };

/** The progress of a sampler with steps. */
export interface StepProgress {
  /** Number of completed steps, from 1. */
  readonly step: number;
  readonly steps: number;
  /**
   * The current state of the chains, [batch, ...shape]: noise at first, samples at the end; with D-Flow the optimised
   * noise.
   */
  readonly x: HostArray;
}

/** Any sampler of p(x | y) for observations: a Variational Flow Map, or a baseline. */
export interface PosteriorSampler {
  readonly name: string;
  /** Number of evaluations of the network for each sample; an evaluation that is also differentiated counts once. */
  readonly evaluations: number;
  /** Draws samples of every observation: [N, samples, C, H, W]. The first call for a problem compiles. */
  sample(observation: Observation, options: DrawOptions): Promise<HostArray>;
}
