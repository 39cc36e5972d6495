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
  meanFlowLoss,
  type MeanFlowOptions,
  sampleFlowMap,
} from "../flow/index.js";
import { aggregateDivergence } from "./aggregate.js";
import {
  type AdapterSettings,
  type JointBatch,
  type JointNetworks,
  type JointSettings,
  type NegativeLogLikelihood,
} from "./objective-arguments.js";
import { checkAdapterObjective, checkedLikelihood, checkJointObjective } from "./objective-checks.js";
import { drawNoise, klToStandardNormal, type NoiseDistribution } from "./noise-adapter.js";
import { scoreDraws, type Scores } from "./scored-draws.js";

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
 * const batch = { x, aty: y, problem: labels, eps, freshNoise: z, uniform: t, r, t, tau: ones([]) };
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
  const { x, uniform, freshNoise, tau } = batch;
  const q = networks.adapter(batch.aty, batch.problem);
  const z = drawNoise(q, batch.eps);

  const coupled = settings.detachNoise ? stopGradient(z) : z;
  const kept = perSample(less(uniform, settings.alpha), x);
  const flowLosses = meanFlowLoss(networks.meanVelocity, x, where(kept, coupled, freshNoise), batch.r, batch.t, {
    ...flowSettings(settings),
    labels: batch.labels,
  });
  const flowTerms = mul(flowLosses, adaptiveFactor(flowLosses, settings.adaptiveWeight));

  const scaled = mul(flowTerms, reciprocal(mul(square(tau), 2)));
  const measures = { meanFlow: mean(flowLosses) };
  const scoredMeanVelocity = networks.scoredMeanVelocity ?? networks.observationMeanVelocity;
  const scores = settings.score && scoreDraws(scoredMeanVelocity, { ...batch, q, z }, settings.score);
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
  batch: Pick<JointBatch, "x" | "aty" | "problem" | "eps" | "furtherEps" | "updateDraws">,
  negativeLogLikelihood: NegativeLogLikelihood,
  settings: AdapterSettings,
): [NDArray, AdapterMeasures] {
  checkAdapterObjective(networks, batch, negativeLogLikelihood, settings);
  const q = networks.adapter(batch.aty, batch.problem);
  const z = drawNoise(q, batch.eps);
  const scores = settings.score && scoreDraws(networks.observationMeanVelocity, { ...batch, q, z }, settings.score);
  const { losses, measures } = measureAdapter(networks, q, z, negativeLogLikelihood, settings, scores);
  return [mean(losses), measures];
}

/** The networks through which draws are evaluated. */
type DrawNetworks = Pick<JointNetworks, "observationMeanVelocity" | "scoredMeanVelocity">;

/** L_obs + L_KL of each sample with the aggregate divergence and the scores, [B], and their measures. */
function measureAdapter(
  networks: DrawNetworks,
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
  networks: DrawNetworks,
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
