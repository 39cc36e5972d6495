import {
  abs,
  add,
  exp,
  less,
  mean,
  mul,
  type NDArray,
  perSample,
  reciprocal,
  sizeOf,
  square,
  stopGradient,
  where,
} from "../array/index.js";
import {
  adaptiveFactor,
  adaptivelyWeighted,
  type AdaptiveWeight,
  meanFlowLoss,
  type LabelledMeanVelocity,
  type MeanFlowOptions,
  type MeanVelocity,
  type Reduction,
  sampleFlowMap,
} from "../flow/index.js";
import { aggregateDivergence } from "./aggregate.js";
import { checkAdapterObjective, checkedLikelihood, checkJointObjective } from "./objective-checks.js";
import { drawNoise, klToStandardNormal, type NoiseAdapter, type NoiseDistribution } from "./noise-adapter.js";
import { scoreDraws, type Scores, type ScoreSettings } from "./scored-draws.js";

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
  /** A^T y of an observation y of each x, of x's shape. */
  aty: NDArray;
  /** The class c of each sample's inverse problem, int32 [B]. */
  problem: NDArray;
  /** Standard normal noise of the adapter's draw, of x's shape. */
  eps: NDArray;
  /** Standard normal noise of all scored draws but the first, one draw after the other, [(draws - 1) B, ...]. */
  furtherEps?: NDArray | undefined;
  /** Standard normal noise of the prior share, of x's shape. */
  freshNoise: NDArray;
  /**
   * Numbers uniform in [0, 1), [B]. Where one is below alpha, the noise of the mean-flow term comes from the adapter.
   */
  keep: NDArray;
  /** Times r <= t of the mean-flow term, [B]. */
  r: NDArray;
  t: NDArray;
  /** tau, a scalar: how far the reconstruction may stray. */
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

/**
 * What is reported of the adapter's terms before their weights: the divergence, and the adapter's mean |mu| and mean
 * sigma. Where they have a weight, also the observation term ("observation"), the aggregate divergence ("aggregate")
 * and the scores ("pixelScore", "energyScore", "priorScore").
 */
export interface AdapterMeasures {
  [name: string]: NDArray;
  kl: NDArray;
  adapterMean: NDArray;
  adapterSigma: NDArray;
}

/** What is reported of the joint objective: `meanFlow`, the mean-flow term before its weights, and the adapter's terms. */
export interface JointMeasures {
  [name: string]: NDArray;
  meanFlow: NDArray;
}

/**
 * The joint objective of Variational Flow Maps:
 *
 *     L(theta, phi) = 1/(2 tau^2) L_MF(theta; phi) + L_obs(theta, phi) + L_KL(phi),
 *     L_obs = E[-log p(y | f_theta(z))],  z ~ q_phi(. | y),
 *
 * For Gaussian noise, -log p(y | x) is ||y - A x||^2 / (2 sigma^2) up to a constant. L_MF's noise is the adapter's with
 * probability alpha and N(0, I) otherwise, which keeps unconditional generation alive. Scores of draws f(z) against x
 * (`scoreDraws`) may be added to these terms of the paper.
 *
 * @returns [loss, measures], scalars
 * @throws InputError if an argument or a setting is wrong, or the shapes do not fit
 * @example
 * const eps = constant(random.normalArray(x.shape));
 * const batch = { x, aty: y, problem: labels, eps, freshNoise: z, keep: t, r, t, tau: ones([]) };
 * const settings = { reduction: "mean", observationWeight: 1, klWeight: 1, observationSteps: 1 } as const;
 * const misfit: NegativeLogLikelihood = (sample) => mul(sumPerSample(square(sub(y, sample))), 0.5 / 0.1 ** 2);
 * const networks = { meanVelocity, observationMeanVelocity: meanVelocity, adapter };
 * const [loss] = jointObjective(networks, batch, misfit, { ...settings, alpha: 0.5, detachNoise: false, jumps: 2 });
 */
export function jointObjective(
  networks: JointNetworks,
  batch: JointBatch,
  negativeLogLikelihood: NegativeLogLikelihood,
  settings: JointSettings,
): [NDArray, JointMeasures] {
  checkJointObjective(networks, batch, negativeLogLikelihood, settings);
  const { x, keep, freshNoise, tau } = batch;
  const q = networks.adapter(batch.aty, batch.problem);
  const z = drawNoise(q, batch.eps);

  const coupled = settings.detachNoise ? stopGradient(z) : z;
  const kept = perSample(less(keep, settings.alpha), x);
  const flowLosses = meanFlowLoss(networks.meanVelocity, x, where(kept, coupled, freshNoise), batch.r, batch.t, {
    ...flowSettings(settings),
    labels: batch.labels,
  });
  const flowTerms = mul(flowLosses, adaptiveFactor(flowLosses, settings.adaptiveWeight));

  const scaled = mul(flowTerms, reciprocal(mul(square(tau), 2)));
  const measures = { meanFlow: mean(flowLosses) };
  const scores = settings.score && scoreDraws(scoredMeanVelocity(networks), { ...batch, q, z }, settings.score);
  const { observationWeight, klWeight, aggregateWeight = 0 } = settings;
  // With a fixed coupling the adapter's terms have no weight, and computing them would cost an evaluation.
  if (observationWeight + klWeight + aggregateWeight === 0 && scores === undefined)
    return [adaptivelyWeighted(scaled, settings.totalAdaptiveWeight), measures];
  const adapterTerms = measureAdapter(networks, q, z, negativeLogLikelihood, settings, scores);
  const total = add(scaled, adapterTerms.losses);
  return [adaptivelyWeighted(total, settings.totalAdaptiveWeight), { ...measures, ...adapterTerms.measures }];
}

/** The settings of the mean-flow term. */
function flowSettings({ blocks, jumps, reduction, tangent, composed, targetVelocity }: JointSettings): MeanFlowOptions {
  return { blocks, jumps, reduction, tangent, composed, targetVelocity };
}

/**
 * The objective of the adapter alone, L_obs(phi) + L_KL(phi) and the scores, for a frozen flow map: for the published
 * baseline and the warm-up of the adapter.
 *
 * @returns [loss, measures], scalars
 * @throws InputError if an argument or a setting is wrong, or the shapes do not fit
 * @example
 * const eps = constant(random.normalArray(x.shape));
 * const settings = { reduction: "mean", observationWeight: 1, klWeight: 1, observationSteps: 1 } as const;
 * const misfit: NegativeLogLikelihood = (sample) => mul(sumPerSample(square(sub(y, sample))), 0.5 / 0.1 ** 2);
 * const networks = { observationMeanVelocity: meanVelocity, adapter };
 * const [loss, { kl }] = adapterObjective(networks, { x, aty: y, problem: labels, eps }, misfit, settings);
 */
export function adapterObjective(
  networks: Pick<JointNetworks, "observationMeanVelocity" | "adapter">,
  batch: Pick<JointBatch, "x" | "aty" | "problem" | "eps" | "furtherEps">,
  negativeLogLikelihood: NegativeLogLikelihood,
  settings: AdapterSettings,
): [NDArray, AdapterMeasures] {
  checkAdapterObjective(networks, batch, negativeLogLikelihood, settings);
  const q = networks.adapter(batch.aty, batch.problem);
  const z = drawNoise(q, batch.eps);
  const scores = settings.score && scoreDraws(scoredMeanVelocity(networks), { ...batch, q, z }, settings.score);
  const { losses, measures } = measureAdapter(networks, q, z, negativeLogLikelihood, settings, scores);
  return [mean(losses), measures];
}

type AdapterNetworks = Pick<JointNetworks, "observationMeanVelocity" | "scoredMeanVelocity">;

function scoredMeanVelocity(networks: AdapterNetworks): MeanVelocity {
  return networks.scoredMeanVelocity ?? networks.observationMeanVelocity;
}

/** L_obs + L_KL of each sample with the aggregate divergence and the scores, [B], and their measures. */
function measureAdapter(
  networks: AdapterNetworks,
  q: NoiseDistribution,
  z: NDArray,
  negativeLogLikelihood: NegativeLogLikelihood,
  settings: AdapterSettings,
  scores: Scores | undefined,
): { losses: NDArray; measures: AdapterMeasures } {
  const { reduction, observationWeight, klWeight, aggregateWeight = 0, blocks = 1 } = settings;
  const observation =
    observationWeight === 0 ? undefined : observationTerm(networks, z, negativeLogLikelihood, settings, scores);
  const kl = klToStandardNormal(q, reduction);
  const aggregate = aggregateWeight === 0 ? undefined : aggregateDivergence(q, blocks, reduction);
  const terms = [
    observation && mul(observation, observationWeight),
    mul(kl, klWeight),
    aggregate && mul(aggregate, aggregateWeight),
    scores?.losses,
  ].filter((term) => term !== undefined);
  return {
    losses: terms.reduce((total, term) => add(total, term)),
    measures: {
      ...(aggregate && { aggregate }),
      ...(observation && { observation: mean(observation) }),
      kl: mean(kl),
      adapterMean: mean(abs(q.mean)),
      adapterSigma: mean(exp(q.logSigma)),
      ...scores?.measures,
    },
  };
}

function observationTerm(
  networks: AdapterNetworks,
  z: NDArray,
  negativeLogLikelihood: NegativeLogLikelihood,
  { reduction, observationSteps, observedSize = sizeOf(z.shape.slice(1)) }: AdapterSettings,
  scores: Scores | undefined,
): NDArray {
  const shared = networks.scoredMeanVelocity === undefined && observationSteps === 1 ? scores?.first : undefined;
  const likelihood = checkedLikelihood(negativeLogLikelihood)(
    shared ?? sampleFlowMap(networks.observationMeanVelocity, z, observationSteps),
  );
  return reduction === "sum" ? likelihood : mul(likelihood, 1 / observedSize);
}
