import { type HostArray, type Tree } from "../array/index.js";
import { type NetworkParameters } from "../models/index.js";
import { adamW } from "./adamw.js";
import { mapValues } from "./object-entries.js";

/** A tree of parameters on the host. */
export type Parameters = Tree<HostArray>;

/** The state of one network; a frozen network has only parameters. */
export interface NetworkState {
  readonly [key: string]: Parameters;
  readonly parameters: Parameters;
}

/** A network in training. */
export interface TrainedState extends NetworkState {
  /** Exponential moving average of the parameters. */
  readonly average: Parameters;
  /** AdamW's moments. */
  readonly first: Parameters;
  readonly second: Parameters;
}

/** The networks of a run; those in training have their optimiser's state. */
export interface RunState {
  readonly [network: string]: NetworkState;
}

/** The position of a run: the stage, its steps and seconds so far, whether it is complete, and the earlier stages. */
export interface RunPosition {
  stage: number;
  step: number;
  seconds: number;
  complete: boolean;
  history: { kind: string; steps: number; seconds: number }[];
}

/** A network at the start of its training: average = parameters, moments zero. */
export function startTraining(parameters: Parameters): TrainedState {
  return { parameters, average: parameters, ...adamW.init(parameters) };
}

/** Parameters as the state of a network that is not trained yet. */
export function asNetwork(parameters: Parameters): NetworkState {
  return { parameters };
}

/** The networks' moving averages, or their parameters where they have none. */
export function averagesOf(state: RunState): NetworkParameters {
  return mapValues(state, ({ average, parameters }) => average ?? parameters);
}
