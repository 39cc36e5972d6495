import {
  add,
  broadcastTo,
  checkShapes,
  div,
  exp,
  matmul,
  mul,
  type NDArray,
  reshape,
  sizeOf,
  square,
  sub,
  transpose,
} from "../array/index.js";
import { reduceSample, type Reduction, reductionRule } from "../flow/index.js";
import { anObject, checkArgument, checkEntries } from "../options.js";

/**
 * q(z | y, c) of each sample, as arrays of the noise's shape, [B, ...]. As published it is N(mu, diag sigma^2). With a
 * basis R, whose rows are orthonormal, it is N(R^T mu, R^T diag sigma^2 R): diagonal along other axes than the noise's
 * entries.
 */
export interface NoiseDistribution {
  /** mu(y, c). */
  mean: NDArray;
  /** log sigma(y, c). */
  logSigma: NDArray;
  /** R, [D, D] for noise of D entries. */
  basis?: NDArray | undefined;
}

/**
 * A noise adapter: which noise to start from, given an observation.
 *
 * @param aty A^T y, the observation brought back to the data's shape, [B, ...]
 * @param problem the class c of the inverse problem, int32 [B]
 */
export type NoiseAdapter = (aty: NDArray, problem: NDArray) => NoiseDistribution;

/** Checks that a value is a distribution of noise whose arrays fit each other. Throws InputError if not. */
export function checkDistribution(of: string, q: NoiseDistribution): void {
  checkEntries(of, "the distribution", q, { mean: anObject, logSigma: anObject });
  const { mean, logSigma, basis } = q;
  checkShapes(of, { mean: [mean, ["B", "..."]], logSigma: [logSigma, ["B", "..."]] });
  const size = sizeOf(mean.shape.slice(1));
  if (basis !== undefined) checkShapes(of, { basis: [basis, [size, size]] });
}

/**
 * Draws z = R^T (mu + sigma * eps); R = I unless q has a basis.
 *
 * @param eps standard normal noise, [B, ...]
 * @returns z, [B, ...]
 * @throws InputError if an argument is no array; ShapeError if mu or sigma does not have the noise's shape, because
 *   broadcasting would hide the mistake
 * @example
 * const z = drawNoise(adapter(y, labels), constant(random.normalArray(y.shape)));
 */
export function drawNoise(distribution: NoiseDistribution, eps: NDArray): NDArray {
  checkDistribution("drawNoise", distribution);
  const { mean, logSigma, basis } = distribution;
  checkShapes("drawNoise", { eps: [eps, ["B", "..."]], "the mean of q": [mean, ["B", "..."]] });
  const z = add(mean, mul(exp(logSigma), eps));
  return basis === undefined ? z : alongRows(z, basis);
}

/** q repeated for `samples` samples of every observation: arrays [N, ...] -> [N * samples, ...]. */
export function shareAmongSamples({ mean, logSigma, basis }: NoiseDistribution, samples: number): NoiseDistribution {
  const repeated = (x: NDArray): NDArray => {
    const [count, ...shape] = x.shape;
    const rows = broadcastTo(reshape(x, [count, 1, ...shape]), [count, samples, ...shape]);
    return reshape(rows, [count * samples, ...shape]);
  };
  return { mean: repeated(mean), logSigma: repeated(logSigma), basis };
}

/**
 * Draws z as `drawNoise` does, but from noise along z's own entries even where q has a basis: z = R^T (mu + sigma * R
 * eps). Where mu = 0 and sigma = 1, z is eps.
 *
 * @param eps standard normal noise, [B, ...]
 * @returns z, [B, ...]
 */
export function drawNoiseAlongEntries(distribution: NoiseDistribution, eps: NDArray): NDArray {
  const { basis } = distribution;
  return drawNoise(distribution, basis === undefined ? eps : alongRows(eps, transpose(basis)));
}

/**
 * log q(z | y) = -1/2 sum(((R z - mu) / sigma)^2 + 2 log sigma + log 2 pi) of each sample.
 *
 * @param z [B, ...]
 * @returns [B]
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const q = adapter(y, labels);
 * const density = logDensity(q, drawNoise(q, z)); // [B]
 */
export function logDensity(distribution: NoiseDistribution, z: NDArray): NDArray {
  checkDistribution("logDensity", distribution);
  const { mean, logSigma, basis } = distribution;
  checkShapes("logDensity", { mean: [mean, ["B", "..."]], z: [z, ["B", "..."]] });
  const turned = basis === undefined ? z : alongRows(z, transpose(basis));
  const standardised = div(sub(turned, mean), exp(logSigma));
  const terms = add(square(standardised), add(mul(logSigma, 2), Math.log(2 * Math.PI)));
  return mul(reduceSample(terms, "sum"), -0.5);
}

/**
 * KL(q(z | y) || N(0, I)) = 1/2 sum(sigma^2 + mu^2 - 1 - 2 log sigma) of each sample, or the mean over its entries. A
 * basis does not matter, because N(0, I) is the same along all axes.
 *
 * @returns [B]
 * @throws InputError if an argument is wrong or the shapes do not fit
 * @example
 * const divergence = klToStandardNormal(adapter(y, labels), "sum"); // [B]
 */
export function klToStandardNormal(distribution: NoiseDistribution, reduction: Reduction): NDArray {
  checkDistribution("klToStandardNormal", distribution);
  checkArgument("klToStandardNormal", "reduction", reduction, reductionRule);
  const { mean, logSigma } = distribution;
  const terms = sub(add(exp(mul(logSigma, 2)), square(mean)), add(mul(logSigma, 2), 1));
  return mul(reduceSample(terms, reduction), 0.5);
}

/** The vectors with coordinates x along the rows of an orthonormal basis. x: [B, ...], basis: [D, D]. */
function alongRows(x: NDArray, basis: NDArray): NDArray {
  return reshape(matmul(reshape(x, [x.shape[0], -1]), basis), x.shape);
}
