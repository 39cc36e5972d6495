import { add, div, hostZeros, mapHostTree, mul, type NDArray, sqrt, square, sub } from "../array/index.js";
import { type Optimiser } from "./optimiser.js";
import { mapTrees } from "./trees.js";

/** The hyperparameters of AdamW. */
export interface AdamWSettings {
  /** Decay rates of the first and the second moment. */
  readonly betas: readonly [number, number];
  /** Added to the square root of the second moment. */
  readonly epsilon: number;
  /** Decoupled weight decay: a step removes the share learningRate * weightDecay of a parameter. */
  readonly weightDecay: number;
}

/** AdamW's scalars: 1 - eta lambda, eta sqrt(1 - beta2^k) / (1 - beta1^k), and epsilon sqrt(1 - beta2^k). */
export type AdamWScalar = "shrink" | "stepSize" | "epsilon";

/**
 * AdamW (Loshchilov and Hutter 2019, "Decoupled weight decay regularization"). Update number k = 1, 2, ... with the
 * learning rate eta:
 *
 *     g = scale * gradient
 *     m <- beta1 m + (1 - beta1) g
 *     s <- beta2 s + (1 - beta2) g^2
 *     p <- (1 - eta lambda) p - eta (m / (1 - beta1^k)) / (sqrt(s / (1 - beta2^k)) + epsilon)
 *
 * The bias corrections are folded into the scalars, so that a leaf takes few passes over memory. m is kept as `first`,
 * s as `second`.
 */
export const adamW: Optimiser<AdamWSettings, Pick<AdamWSettings, "betas">, AdamWScalar, "first" | "second"> = {
  init: (parameters) => {
    const zeros = mapHostTree(parameters, ({ shape }) => hostZeros(shape));
    return { first: zeros, second: zeros };
  },
  scalars: ({ betas: [beta1, beta2], epsilon, weightDecay }, learningRate, update) => {
    const secondCorrection = Math.sqrt(1 - beta2 ** update);
    return {
      shrink: 1 - learningRate * weightDecay,
      stepSize: (learningRate * secondCorrection) / (1 - beta1 ** update),
      epsilon: epsilon * secondCorrection,
    };
  },
  update: ({ parameters, gradient, state, scalars, scale }, { betas }) => {
    const firstWeight = mul(scale, 1 - betas[0]);
    const secondWeight = mul(square(scale), 1 - betas[1]);
    const first = mapTrees(
      (m: NDArray, g: NDArray) => add(mul(m, betas[0]), mul(g, firstWeight)),
      state.first,
      gradient,
    );
    const second = mapTrees(
      (s: NDArray, g: NDArray) => add(mul(s, betas[1]), mul(square(g), secondWeight)),
      state.second,
      gradient,
    );
    const updated = mapTrees(
      (p: NDArray, m: NDArray, s: NDArray) =>
        sub(mul(p, scalars.shrink), mul(div(m, add(sqrt(s), scalars.epsilon)), scalars.stepSize)),
      parameters,
      first,
      second,
    );
    return { parameters: updated, state: { first, second } };
  },
};
