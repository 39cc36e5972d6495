import {
  add,
  convolve,
  type HostArray,
  jvp,
  less,
  meanPerSample,
  mul,
  type NDArray,
  ones,
  perSample,
  square,
  stopGradient,
  sub,
  where,
  zeros,
} from "../../../src/array/index.js";
import { type ImageShape } from "../../../src/data/index.js";
import {
  adaptiveFactor,
  flowMatchingLoss,
  interpolate,
  meanFlowLoss,
  type MeanVelocity,
  sampleFlowMap,
  velocity,
} from "../../../src/flow/index.js";
import { guidedVelocity, type ModelGuidance } from "../../../src/flow/guidance.js";
import { superResolution } from "../../../src/operators/index.js";
import { drawNoise, klToStandardNormal, type NoiseDistribution } from "../../../src/vfm/index.js";
import { publishedNoise } from "./published-operators.js";

// The published objective of the image experiments, AdapterLoss, put together from this library's parts. What differs from
// the paper stays here: both flow losses on every sample, the observation term after A^T and as a mean, one adaptive weight.

/** The share of adapter noise, which the published code fixes. */
export const alpha = 0.8;

/** The published stand-in of a decoder: channels mixed by a matrix [image channels, latent channels], then enlarged. */
export function decodeByMatrix(z: NDArray, matrix: NDArray, image: ImageShape): NDArray {
  const factor = image.height / z.shape[2];
  return superResolution({ factor }).transpose(convolve(z, matrix), {}, [image.channels, image.height, image.width]);
}

/** What one variant of the objective is computed from. */
export interface PublishedTerms {
  /** u with the labels that the dropout left, u without labels, and the observation term's u with all labels. */
  meanVelocity: MeanVelocity;
  unlabelled: MeanVelocity;
  observationMeanVelocity: MeanVelocity;
  q: NoiseDistribution;
  /** The clean latents, and one array a draw. */
  x: NDArray;
  draws: Record<"eps" | "uniform" | "freshFm" | "freshMf" | "tFm" | "rMf" | "tMf" | "keepsLabel", NDArray>;
  aty: NDArray;
  /** A^T A x of decoded latents. */
  observe(image: NDArray): NDArray;
  decode(z: NDArray): NDArray;
  weights: { flow: number; data: number; kl: number };
  guidance: ModelGuidance | undefined;
}

/** Every number that the published code gives of a variant, before the mean over the batch and the gradients. */
export function publishedObjective(terms: PublishedTerms) {
  const { meanVelocity, x, draws, weights, guidance, q } = terms;
  const z = drawNoise(q, draws.eps);
  const mask = less(draws.uniform, alpha);
  const mix = (fresh: NDArray): NDArray => where(perSample(mask, x), z, fresh);
  const [zFm, zMf] = [mix(draws.freshFm), mix(draws.freshMf)];
  const guide = (point: Record<"xt" | "t" | "v", NDArray>): NDArray =>
    guidance === undefined
      ? point.v
      : guidedVelocity(
          { labelled: meanVelocity, unlabelled: terms.unlabelled },
          { ...point, keepsLabel: draws.keepsLabel },
          guidance,
        );
  const flowMatching = { xt: interpolate(x, zFm, draws.tFm), t: draws.tFm, v: velocity(x, zFm) };
  const meanFlow = { xt: interpolate(x, zMf, draws.tMf), t: draws.tMf, v: velocity(x, zMf) };
  const target = guide(meanFlow);
  const batch = [x.shape[0]];
  const [u, derivative] = jvp(
    (point: NDArray, r: NDArray, t: NDArray) => meanVelocity(point, r, t),
    [meanFlow.xt, draws.rMf, meanFlow.t],
    [target, zeros(batch), ones(batch)],
  );
  const lossTo = (value: NDArray, goal: NDArray): NDArray => meanPerSample(square(sub(value, stopGradient(goal))));
  const fm =
    guidance === undefined
      ? flowMatchingLoss(meanVelocity, x, zFm, draws.tFm)
      : lossTo(meanVelocity(flowMatching.xt, draws.tFm, draws.tFm), guide(flowMatching));
  const mf =
    guidance === undefined
      ? meanFlowLoss(meanVelocity, x, zMf, draws.rMf, draws.tMf, { jumps: batch[0] })
      : lossTo(u, sub(target, mul(perSample(sub(draws.tMf, draws.rMf), target), derivative)));
  const reconstruction = sampleFlowMap(terms.observationMeanVelocity, z, 1);
  const image = terms.decode(reconstruction);
  const data = mul(meanPerSample(square(sub(terms.observe(image), terms.aty))), 1 / (2 * publishedNoise ** 2));
  const kl = klToStandardNormal(q, "mean");
  const flow = mul(add(fm, mf), 0.5);
  const adapter = add(mul(data, weights.data), mul(kl, weights.kl));
  const total = add(mul(flow, weights.flow), adapter);
  return {
    losses: { fm_loss: fm, mf_loss: mf, flow_loss: flow, data_consistency_loss: data, kl_loss: kl },
    adapter,
    total,
    weighted: mul(total, adaptiveFactor(total, { power: 1, offset: 0.01, per: "sample" })),
    trace: {
      v_tgt_mf: target,
      du_dt: derivative,
      u,
      z,
      fm_recon: reconstruction,
      x_rec: image,
      x_t_fm: flowMatching.xt,
      v_t_fm: flowMatching.v,
      x_t_mf: meanFlow.xt,
      v_t_mf: meanFlow.v,
    },
  };
}

/** The published times from their draws: sigmoid(mean + deviation * normal) of each sample. */
export function logitNormal({ data }: HostArray, mean: number, deviation: number): Float32Array {
  return Float32Array.from(data, (normal) => 1 / (1 + Math.exp(-(mean + deviation * normal))));
}
