import { add, div, mul, sqrt, square, sub, sum, minimum, type NDArray, type Tree } from "../array/index.js";
import { mapTrees, treeLeaves } from "./trees.js";

/** The moments that AdamW keeps, each a tree of the parameters' form. */
export interface Moments<P> {
  first: P;
  second: P;
}

/** The constants of AdamW. */
export interface AdamWOptions {
  /** Decay rates of the first and the second moment. */
  betas: readonly [number, number];
  /** Added to the root of the second moment. */
  epsilon: number;
  /** Decoupled weight decay: the share of a parameter removed in a step is learningRate * weightDecay. */
  weightDecay: number;
}

/** What depends on the step alone, so that the host computes it once and it enters the graph as scalars. */
export interface AdamWScalars<S> {
  /** 1 - eta lambda. */
  shrink: S;
  /** eta sqrt(1 - beta2^k) / (1 - beta1^k). */
  stepSize: S;
  /** epsilon sqrt(1 - beta2^k). */
  epsilon: S;
}

/**
 * The scalars of AdamW's update number k = 1, 2, ... at learning rate eta: bias correction and weight decay folded
 * into three numbers.
 */
export function adamWScalars(options: AdamWOptions, learningRate: number, update: number): AdamWScalars<number> {
  const [beta1, beta2] = options.betas;
  const secondCorrection = Math.sqrt(1 - beta2 ** update);
  return {
    shrink: 1 - learningRate * options.weightDecay,
    stepSize: (learningRate * secondCorrection) / (1 - beta1 ** update),
    epsilon: options.epsilon * secondCorrection,
  };
}

/**
 * One update of AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization") on a tree of parameters.
 *
 *     g = scale * gradient
 *     m <- beta1 m + (1 - beta1) g
 *     s <- beta2 s + (1 - beta2) g^2
 *     p <- (1 - eta lambda) p - eta (m / (1 - beta1^k)) / (sqrt(s / (1 - beta2^k)) + epsilon)
 *
 * The corrections are multiplied through, so that a leaf costs few passes over memory.
 *
 * @param scale a scalar that multiplies the gradient: the factor of `clipFactor`
 */
export function adamW<P extends Tree<NDArray>>(
  parameters: P,
  gradient: P,
  moments: Moments<P>,
  scalars: AdamWScalars<NDArray>,
  betas: readonly [number, number],
  scale: NDArray,
): { parameters: P; moments: Moments<P> } {
  const firstWeight = mul(scale, 1 - betas[0]);
  const secondWeight = mul(square(scale), 1 - betas[1]);
  const first = mapTrees(
    (m: NDArray, g: NDArray) => add(mul(m, betas[0]), mul(g, firstWeight)),
    moments.first,
    gradient,
  );
  const second = mapTrees(
    (s: NDArray, g: NDArray) => add(mul(s, betas[1]), mul(square(g), secondWeight)),
    moments.second,
    gradient,
  );
  const updated = mapTrees(
    (p: NDArray, m: NDArray, s: NDArray) =>
      sub(mul(p, scalars.shrink), mul(div(m, add(sqrt(s), scalars.epsilon)), scalars.stepSize)),
    parameters,
    first,
    second,
  );
  return { parameters: updated, moments: { first, second } };
}

/** The Euclidean norm of all leaves of a tree together, a scalar. */
export function globalNorm(tree: Tree<NDArray>): NDArray {
  const squares = treeLeaves(tree).map((leaf) => sum(square(leaf)));
  return sqrt(squares.reduce((total, next) => add(total, next)));
}

/** The factor min(1, maxNorm / norm) that limits a gradient's global norm. */
export function clipFactor(norm: NDArray, maxNorm: number): NDArray {
  return minimum(div(maxNorm, add(norm, 1e-12)), 1);
}

/** Exponential moving average of parameters: average + (1 - decay) (parameters - average); `decay` is a scalar. */
export function movingAverage<P extends Tree<NDArray>>(average: P, parameters: P, decay: NDArray): P {
  const share = sub(1, decay);
  return mapTrees((a: NDArray, p: NDArray) => add(a, mul(sub(p, a), share)), average, parameters);
}
