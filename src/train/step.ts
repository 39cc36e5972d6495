import { type NDArray, type Tree, valueAndGradient } from "../array/index.js";
import { adamW, type AdamWScalars, clipFactor, globalNorm, movingAverage } from "./optimiser.js";

/** Traced parameters of the networks by name ("flowMap", "adapter"). */
export type Networks = { readonly [network: string]: Tree<NDArray> };

/** The traced state of a network in training; see `TrainedState`. */
export interface TracedState {
  readonly [key: string]: Tree<NDArray>;
  readonly parameters: Tree<NDArray>;
  readonly average: Tree<NDArray>;
  readonly first: Tree<NDArray>;
  readonly second: Tree<NDArray>;
}

/** The scalars of one network's update, computed on the host for every step. */
export interface UpdateScalars<S> extends AdamWScalars<S> {
  readonly [key: string]: S;
  /** Decay of the parameters' moving average. */
  averageDecay: S;
}

/**
 * A training loss: a scalar, and named scalars to report.
 *
 * `networks` holds every network; `averages` the moving averages of those in training. No gradient flows into an
 * average.
 */
export type Loss<Batch> = (
  networks: Networks,
  averages: Networks,
  batch: Batch,
) => [loss: NDArray, measures: Record<string, NDArray>];

/** How each network of a stage is updated. */
export interface UpdateOptions {
  betas: readonly [number, number];
  /** Largest Euclidean norm of each network's gradient. */
  clip: number;
}

/**
 * The whole training step as one traced function: loss, gradient, clipping (each network by its own norm), AdamW and
 * moving average.
 *
 * @param trained the state of the networks in training
 * @param frozen the parameters of the others
 * @returns the new state and the measures: "loss", the loss's own, and "gradient norm <network>"
 */
export function trainingStep<Batch>(loss: Loss<Batch>, options: UpdateOptions) {
  return (
    trained: Record<string, TracedState>,
    frozen: Networks,
    batch: Batch,
    scalars: Record<string, UpdateScalars<NDArray>>,
  ): { state: Record<string, TracedState>; measures: Record<string, NDArray> } => {
    const names = Object.keys(trained);
    const pick = (part: "parameters" | "average"): Networks =>
      Object.fromEntries(names.map((name) => [name, trained[name][part]]));
    const differentiated = valueAndGradient((networks: Networks) =>
      loss({ ...frozen, ...networks }, pick("average"), batch),
    )(pick("parameters"));

    const measures: Record<string, NDArray> = { loss: differentiated.value, ...differentiated.auxiliary };
    const state: Record<string, TracedState> = {};
    for (const name of names) {
      const gradient = differentiated.gradient[name];
      const norm = globalNorm(gradient);
      const { average, parameters: old, first, second } = trained[name];
      const { parameters, moments } = adamW(
        old,
        gradient,
        { first, second },
        scalars[name],
        options.betas,
        clipFactor(norm, options.clip),
      );
      state[name] = {
        parameters,
        average: movingAverage(average, parameters, scalars[name].averageDecay),
        ...moments,
      };
      measures[`gradient norm ${name}`] = norm;
    }
    return { state, measures };
  };
}
