import { type HostArray, type OperatorParameters } from "variational-flow-maps";
import { type Service } from "../../bus/index.js";
import { type EngineFacts } from "../../engine/index.js";
import { type Corruption } from "../corruption.js";

/** How much of what a model needs has arrived. */
export interface LoadProgress {
  readonly loaded: number;
  readonly total: number;
}

/** What a page has to know of a problem. */
export interface ProblemFacts {
  readonly name: string;
  /** The noise that the model was trained with. */
  readonly sigma: number;
  /** The temperature that samples have if none is asked for. */
  readonly temperature: number;
  /** Shapes of the operator's parameters of one image, by name. */
  readonly parameters: Readonly<Record<string, readonly number[]>>;
}

/** A model that is ready to sample. */
export interface OpenedModel {
  readonly name: string;
  readonly shape: readonly number[];
  readonly problems: readonly ProblemFacts[];
  /** Held-out images one after another, values in [-1, 1]. */
  readonly images: Float32Array;
  readonly engine: EngineFacts;
}

/** An image seen through a problem. */
export interface ObservationRequest {
  readonly model: string;
  readonly problem: string;
  /** One image, [C, H, W]. */
  readonly image: Float32Array;
  readonly corruption: Corruption;
  /** Standard deviation of the noise that is added; the model takes it for the one that it was trained with. */
  readonly noise: number;
  readonly noiseSeed: number;
}

/** What to draw. */
export interface SampleRequest extends ObservationRequest {
  readonly samples: number;
  readonly steps: number;
  /** Default: the problem's own. */
  readonly temperature?: number | undefined;
  readonly seed: number;
}

/** Samples of an image and what they say together. */
export interface SampleSummary {
  /** [samples, C, H, W] */
  readonly samples: HostArray;
  /** Of each value over the samples, [C, H, W]. */
  readonly mean: Float32Array;
  /** Standard deviation of each pixel over the samples, [H, W], channels together. */
  readonly deviation: Float32Array;
}

/** The answer to a request. */
export interface SampleResult extends SampleSummary {
  /** The observation, without the batch's axis. */
  readonly y: HostArray;
  readonly parameters: OperatorParameters;
  readonly evaluations: number;
  /** What the samples took, without compiling, observing and reading; not known of the first ones on WebGPU. */
  readonly milliseconds?: number;
}

/** What the classifier makes of samples: how many it reads as each class, or why it cannot read them. */
export interface Reading {
  readonly counts?: readonly number[];
  readonly failure?: string;
}

/** A guided sampler at work. */
export interface GuideRequest extends SampleRequest {
  readonly method: string;
}

/** After a step of a guided sampler. */
export interface GuideProgress {
  readonly step: number;
  readonly steps: number;
  readonly milliseconds: number;
  readonly samples: HostArray;
}

/** What a guided sampler drew. */
export interface GuideResult extends SampleSummary {
  readonly evaluations: number;
  readonly milliseconds: number;
}

/** What the worker of the posterior page does. */
export type PosteriorServices = {
  /** Loads a model of the manifest; later calls for it are quick. The first call chooses the engine. */
  open: Service<{ site: string; model: string; engine?: string | undefined }, OpenedModel, LoadProgress>;
  /**
   * Observes an image and samples its posterior. The samples are reported as soon as they are there; the result is what the
   * classifier reads them as, undefined without one and where the page has called the request off.
   */
  sample: Service<SampleRequest, Reading | undefined, SampleResult>;
  /** Draws from the same observation with a guided sampler. */
  guide: Service<GuideRequest, GuideResult, GuideProgress>;
  /** The observation as a safetensors file, which `vfm sample --observation` takes. */
  observationFile: Service<ObservationRequest, Uint8Array>;
};
