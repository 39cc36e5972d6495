import { hostArray, type HostArray, type NDArray, type Tree, valueAndGradient } from "../array/index.js";
import { type CompileOptions, compileTrees } from "../compile/index.js";
import { type StepResult } from "./loop.js";
import { adamW, type AdamWScalar, type AdamWSettings } from "./adamw.js";
import { clipFactor, globalNorm } from "./gradient-clipping.js";
import { movingAverage } from "./moving-average.js";
import { type JoinedLeaves, joinLeaves, separateLeaves } from "./joined-leaves.js";
import { mapValues } from "./object-entries.js";
import { type Parameters, type TrainedState } from "./run-state.js";

/** The inputs of a step besides the state and the scalars: data, noise, times, operator parameters. */
export type TracedBatch = { readonly [name: string]: Tree<NDArray> };

/** A batch on the host. */
export type HostBatch = { readonly [name: string]: Tree<HostArray> };

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
export interface UpdateScalars<S> extends Readonly<Record<AdamWScalar, S>> {
  readonly [key: string]: S;
  /** Decay of the parameters' moving average. */
  averageDecay: S;
}

/**
 * A training loss: a scalar, and named scalars to report.
 *
 * `networks` contains every network; `averages` the moving averages of the trained ones. No gradient flows into an
 * average.
 */
export type Loss = (
  networks: Networks,
  averages: Networks,
  batch: TracedBatch,
) => [loss: NDArray, measures: Record<string, NDArray>];

/** How each network of a stage is updated. */
export interface UpdateOptions extends Pick<AdamWSettings, "betas"> {
  /** Largest Euclidean norm of each network's gradient. */
  clip: number;
}

/**
 * The whole training step as one traced function: loss, gradient, clipping (of each network by its own norm), AdamW and
 * moving average.
 *
 * @param trained the state of the networks in training
 * @param frozen the parameters of the other networks
 * @returns the new state and the measures: "loss", those of the loss function, and "gradient norm <network>"
 */
export function trainingStep(loss: Loss, options: UpdateOptions) {
  return (
    trained: Record<string, TracedState>,
    frozen: Networks,
    batch: TracedBatch,
    scalars: Record<string, UpdateScalars<NDArray>>,
  ): { state: Record<string, TracedState>; measures: Record<string, NDArray> } => {
    const { measures, gradient } = lossGradient(loss, trained, frozen, batch);
    const { state, norms } = updateNetworks(options, trained, gradient, scalars);
    return { state, measures: { ...measures, ...norms } };
  };
}

/** The loss, its measures, and its gradient with respect to the parameters of the networks in training. */
export function lossGradient(
  loss: Loss,
  trained: Record<string, Pick<TracedState, "parameters" | "average">>,
  frozen: Networks,
  batch: TracedBatch,
): { measures: Record<string, NDArray>; gradient: Networks } {
  const pick = (part: "parameters" | "average"): Networks => mapValues(trained, (network) => network[part]);
  const { value, auxiliary, gradient } = valueAndGradient((networks: Networks) =>
    loss({ ...frozen, ...networks }, pick("average"), batch),
  )(pick("parameters"));
  return { measures: { loss: value, ...auxiliary }, gradient };
}

/** Clipping, AdamW and moving average of each network in training, from its gradient. */
export function updateNetworks(
  options: UpdateOptions,
  trained: Record<string, TracedState>,
  gradients: Networks,
  scalars: Record<string, UpdateScalars<NDArray>>,
): { state: Record<string, TracedState>; norms: Record<string, NDArray> } {
  const norms: Record<string, NDArray> = {};
  const state = mapValues(trained, ({ average, parameters: old, first, second }, name) => {
    const gradient = joinLeaves(gradients[name]);
    const norm = globalNorm(gradient);
    norms[`gradient norm ${name}`] = norm;
    const next = adamW.update(
      {
        parameters: joinLeaves(old),
        gradient,
        state: { first: joinLeaves(first), second: joinLeaves(second) },
        scalars: scalars[name],
        scale: clipFactor(norm, options.clip),
      },
      options,
    );
    const nextAverage = movingAverage(joinLeaves(average), next.parameters, scalars[name].averageDecay);
    const likeParameters = (leaves: JoinedLeaves): Tree<NDArray> => separateLeaves(leaves, old);
    return {
      parameters: likeParameters(next.parameters),
      average: likeParameters(nextAverage),
      first: likeParameters(next.state.first),
      second: likeParameters(next.state.second),
    };
  });
  return { state, norms };
}

/** A compiled training step on host arrays. */
export interface CompiledStep {
  run(
    trained: Record<string, TrainedState>,
    frozen: Record<string, Parameters>,
    batch: HostBatch,
    scalars: Record<string, UpdateScalars<number>>,
  ): Promise<StepResult<Record<string, TrainedState>>>;
  dispose(): Promise<void>;
}

/**
 * Compiles the training step of a stage; the examples give the form of its arguments. Results reuse two sets of
 * buffers.
 */
export async function compileStep(
  loss: Loss,
  update: UpdateOptions,
  examples: { trained: Record<string, TrainedState>; frozen: Record<string, Parameters>; batch: HostBatch },
  options: CompileOptions,
): Promise<CompiledStep> {
  const { trained, frozen, batch } = examples;
  const compiled = await compileTrees(trainingStep(loss, update), [trained, frozen, batch, exampleScalars(trained)], {
    ...options,
    reuseOutputs: true,
  });
  return {
    run: (state, others, inputs, scalars) =>
      compiled.run(state, others, inputs, hostScalars(scalars)) as Promise<StepResult<Record<string, TrainedState>>>,
    dispose: () => compiled.dispose(),
  };
}

/** Example scalars of every network in training. */
export function exampleScalars(trained: Record<string, TrainedState>): Record<string, Record<string, HostArray>> {
  return hostScalars(mapValues(trained, () => ({ shrink: 0, stepSize: 0, epsilon: 0, averageDecay: 0 })));
}

/** The scalars of every network in training as host arrays. */
export function hostScalars(scalars: Record<string, UpdateScalars<number>>): Record<string, Record<string, HostArray>> {
  return mapValues(scalars, (ofNetwork) => mapValues(ofNetwork, (value) => hostArray([value], [])));
}
