import { type Service } from "../../bus/index.js";
import { type ModelView, type PosteriorView } from "../../checkerboard/index.js";
import { type TrainSettings } from "../settings.js";

/** The models that are trained side by side from the same flow map: everything together, and the adapter alone. */
export const sides = ["joint", "frozen"] as const;
export type Side = (typeof sides)[number];

/** The parts of a run, one after another. */
export type Part = "flow-matching" | "mean-flow" | "adapters";

/** What a step measured. */
export interface StepLosses {
  readonly network: "flowMap" | Side;
  /** From 0, within the steps of this network. */
  readonly step: number;
  /** The loss of the flow, where there is one. */
  readonly flow?: number | undefined;
  /** The observation term and the divergence of q(z | y) from N(0, I), together. */
  readonly adapter?: number | undefined;
}

/** A report during a run. */
export interface TrainReport {
  /** The current part, and whether it is being compiled. */
  readonly part?: { readonly name: Part; readonly compiling: boolean } | undefined;
  readonly losses?: readonly StepLosses[] | undefined;
  readonly views?: Readonly<Record<Side, ModelView>> | undefined;
}

/** Both models' posteriors at an observation, once they are trained, and the exact one. */
export interface Look {
  readonly y: number;
  readonly exact: PosteriorView;
  readonly models?: Readonly<Record<Side, Omit<ModelView, "landing">>> | undefined;
}

/** What the worker of the training page does. */
export type TrainServices = {
  /** Trains from the flow map of earlier settings if these share it, else from the start. Reports progress. */
  train: Service<{ site: string; settings: TrainSettings; y: number }, void, TrainReport>;
  /** Takes other settings for the parts of the run that have not begun. */
  choose: Service<TrainSettings, void>;
  /** Pauses or resumes training. */
  pause: Service<boolean, void>;
  /** Looks at another observation. */
  look: Service<number, Look>;
  /** Forgets all that was trained. */
  reset: Service<void, void>;
};
