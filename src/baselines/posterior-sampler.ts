import { type HostArray } from "../array/index.js";
import { type Observation } from "../operators/index.js";

/** How many samples to draw. */
export interface DrawOptions {
  /** Samples of each observation. */
  samples: number;
  /** Fixes the samples, whatever the batch size. */
  seed: number;
  /** Told after every step of a sampler that takes steps, of every batch, and waited for. What it throws ends the sampling. */
  onStep?: ((progress: StepProgress) => void | Promise<void>) | undefined;
}

/** How far a sampler that takes steps is. */
export interface StepProgress {
  /** Steps done, from 1. */
  readonly step: number;
  readonly steps: number;
  /** The chains as they stand, [batch, ...shape]: noise at first, samples at the end; with D-Flow the noise that is optimised. */
  readonly x: HostArray;
}

/** Anything that draws samples of p(x | y): a Variational Flow Map, or a baseline. */
export interface PosteriorSampler {
  readonly name: string;
  /** Evaluations of the network a sample; one that is also differentiated counts once. */
  readonly evaluations: number;
  /** Draws samples of every observation: [N, samples, C, H, W]. The first call for a problem compiles. */
  sample(observation: Observation, options: DrawOptions): Promise<HostArray>;
}
