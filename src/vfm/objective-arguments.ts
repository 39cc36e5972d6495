import { type NDArray } from "../array/index.js";
import {
  type AdaptiveWeight,
  type LabelledMeanVelocity,
  type MeanFlowOptions,
  type MeanVelocity,
  type Reduction,
} from "../flow/index.js";
import { type NoiseAdapter } from "./noise-adapter.js";
import { type DrawUpdate, type ScoreSettings } from "./scored-draws.js";

/** The networks of the joint objective. */
export interface JointNetworks {
  /** u_theta; it is given labels if the batch has them. */
  meanVelocity: LabelledMeanVelocity;
  /** The u of the observation term: u_theta itself, its moving average, or u_theta without its gradient. */
  observationMeanVelocity: MeanVelocity;
  /** The u of the scored draws. Default: that of the observation term, which then shares the first draw. */
  scoredMeanVelocity?: MeanVelocity | undefined;
  /** q_phi. */
  adapter: NoiseAdapter;
}

/** The arguments of the joint objective for a batch of B samples. */
export interface JointBatch {
  /** Data, [B, ...]. */
  x: NDArray;
  /** A^T y of an observation y of each x: of x's shape or, if x are latents, of the images' shape. */
  aty: NDArray;
  /** The class c of each sample's inverse problem, int32 [B]. */
  problem: NDArray;
  /** Standard normal noise of the adapter's draw, of x's shape. */
  eps: NDArray;
  /** Standard normal noise of all scored draws but the first, one draw after the other, [(draws - 1) B, ...]. */
  furtherEps?: NDArray | undefined;
  /**
   * What becomes of the draws f(z) of q before they are scored, for example their update on the observation (see
   * docs/observation-update.md). The observation term is that of f(z) itself. Default: they are scored as they are.
   */
  updateDraws?: DrawUpdate | undefined;
  /** Standard normal noise of the prior share, of x's shape. */
  freshNoise: NDArray;
  /**
   * Numbers uniform in [0, 1), [B]. Where one is below alpha, the noise of the mean-flow term comes from the adapter.
   */
  uniform: NDArray;
  /** Times r <= t of the mean-flow term, [B]. */
  r: NDArray;
  t: NDArray;
  /**
   * tau, a scalar: the standard deviation of x around its reconstruction f(z). The mean-flow term has the weight
   * 1 / (2 tau^2).
   */
  tau: NDArray;
  /** The labels that the mean-flow term is conditioned on, int32 [B], if there are any. */
  labels?: NDArray | undefined;
}

/**
 * -log p(y | x) of each sample, [B, ...] -> [B], where the closure holds the observation y. It may be any
 * differentiable function.
 */
export type NegativeLogLikelihood = (x: NDArray) => NDArray;

/** The switches of the adapter's terms. */
export interface AdapterSettings {
  /** Sum or mean over the entries of a sample, in all terms. */
  reduction: Reduction;
  /** Weight of the observation term; 1 in the derivation. */
  observationWeight: number;
  /** Weight of the divergence; 1 in the derivation, 0 switches it off. */
  klWeight: number;
  /** Weight of the aggregate divergence (see `aggregateDivergence`). Default: 0, as published. */
  aggregateWeight?: number | undefined;
  /** Number of equal consecutive blocks of the batch, one for each inverse problem. Default: 1. */
  blocks?: number | undefined;
  /** Number of evaluations of the flow map in the observation term. */
  observationSteps: number;
  /** Scores of draws against the truth. Default: none. */
  score?: ScoreSettings | undefined;
  /**
   * Number of entries over which a "mean" of the misfit is taken: those of an image, where z is a latent.
   * Default: those of z.
   */
  observedSize?: number | undefined;
}

/** The switches of the joint objective (paper section 4). */
export interface JointSettings extends AdapterSettings, Omit<MeanFlowOptions, "reduction" | "labels"> {
  /** Probability that the noise of the mean-flow term comes from the adapter, not from N(0, I). */
  alpha: number;
  /** Whether the adapter's noise enters the mean-flow term without a gradient. */
  detachNoise: boolean;
  /** Adaptive weight of the mean-flow term. */
  adaptiveWeight?: AdaptiveWeight | undefined;
  /** Adaptive weight of the sum of all terms, as published for images. It requires a non-negative -log p(y | x). */
  totalAdaptiveWeight?: AdaptiveWeight | undefined;
}
