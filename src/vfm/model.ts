import { aFunction, aList, anObject, aText, checkEntries } from "../options.js";
import { type HostArray, type NDArray, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { type Problem, problemClasses, problemNamed } from "../operators/index.js";
import { type NoiseDistribution } from "./noise-adapter.js";

/** The map from a flow map's samples to images, where those are an autoencoder's latents. */
export interface Decoder {
  /** [channels, height, width] of an image. */
  readonly imageShape: readonly number[];
  readonly parameters: Tree<HostArray>;
  /** latents: [B, ...sampleShape] -> [B, ...imageShape]. */
  decode(parameters: Tree<NDArray>, latents: NDArray): NDArray;
}

/** How samples of one problem are conditioned on their observation once more: see `updateOnObservation`. */
export interface ObservationUpdate {
  /** Factor on the adapter's sigma. */
  readonly temperature: number;
  /** What one evaluation leaves unexplained; nothing, if not given. */
  readonly residual?: {
    /** Standard deviation of each pixel or axis of the cosine transform, [D]; with `leading`, of all directions off those, [1]. */
    readonly scales: HostArray;
    /** Whether `scales` are along the axes of the cosine transform (see `cosineTransform`). */
    readonly cosine?: boolean;
    /** Directions that have their own: orthonormal rows [K, D] and standard deviations [K]. */
    readonly leading?: { readonly axes: HostArray; readonly scales: HostArray };
    /** How the residual follows the sample's grey: see `pixelScale`. */
    readonly saturation: number;
    /** Iterations of conjugate gradients; 16 if not given. */
    readonly iterations?: number;
  };
}

/** A trained Variational Flow Map: its networks as functions of their parameters, and the parameters. */
export interface VariationalFlowMap {
  /** Shape of one sample of the flow map, e.g. [channels, height, width]. */
  readonly sampleShape: readonly number[];
  /** From samples to images, of which A^T y has the shape. Without one the samples are the images. */
  readonly decoder?: Decoder | undefined;
  readonly parameters: { readonly flowMap: Tree<HostArray>; readonly adapter: Tree<HostArray> };
  /** How many labels the flow map knows; none if not given. */
  readonly classes?: number | undefined;
  /** The problems that the adapter knows. */
  readonly problems: readonly Problem[];
  /** By the name of a problem, how its samples are conditioned on what was observed; as they are, if not given. */
  readonly updates?: ReadonlyMap<string, ObservationUpdate> | undefined;
  /** u(x, r, t) given labels, int32 [B], or without. */
  meanVelocity(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, labels?: NDArray): NDArray;
  adapter(parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): NoiseDistribution;
}

/** Checks that something is a model with a flow map. Throws InputError if not. */
export function checkModel(of: string, model: FlowMapModel): void {
  checkEntries(of, "the model", model, { sampleShape: aList, meanVelocity: aFunction, parameters: anObject });
}

/** Checks that something is a model with a flow map and an adapter. Throws InputError if not. */
export function checkPosteriorModel(of: string, model: VariationalFlowMap): void {
  checkModel(of, model);
  checkEntries(of, "the model", model, { problems: aList, adapter: aFunction });
}

/** What sampling the prior needs of a model: its flow map. */
export type FlowMapModel = Pick<VariationalFlowMap, "sampleShape" | "decoder" | "meanVelocity" | "classes"> & {
  parameters: { flowMap: Tree<HostArray> };
};

/** What knows problems: a Variational Flow Map, or another model of observations. */
export type ProblemModel = Pick<VariationalFlowMap, "problems">;

/**
 * The model's problem of this name.
 *
 * @throws InputError with the names that there are
 */
export function problemOf({ problems }: ProblemModel, name: string): Problem {
  return problemNamed(problems, name);
}

/** A model that gives its problems by name. */
export interface TrainedModel extends VariationalFlowMap {
  /** The model's problem of this name. Throws InputError with the names that there are. */
  problem(name: string): Problem;
}

/** The model with its problems by name. */
export function trainedModel(model: VariationalFlowMap): TrainedModel {
  return { ...model, problem: (name) => problemNamed(model.problems, name) };
}

/**
 * The class by which the model's networks know a problem.
 *
 * @throws InputError if the model knows no problem of this name, or learnt it with another operator or noise
 */
export function classOf({ problems }: ProblemModel, asked: Problem): number {
  checkEntries("the model", "the problem", asked, { name: aText, observation: anObject });
  const { name, observation: given } = asked;
  const place = problems.indexOf(problemNamed(problems, name));
  const { observation: own } = problems[place];
  if (given.operator.name !== own.operator.name)
    throw new InputError(
      `"${name}" was observed by the operator "${given.operator.name}", the model learnt "${own.operator.name}": observe the model's own problem`,
    );
  if (given.sigma !== own.sigma)
    throw new InputError(
      `"${name}" was observed with sigma ${given.sigma}, the model learnt sigma ${own.sigma}: observe the model's own problem`,
    );
  return problemClasses(problems)[place];
}

/** Shape of what is observed, and of what a sampler returns: the decoder's images, or the flow map's samples. */
export function imageShapeOfModel({ decoder, sampleShape }: FlowMapModel): readonly number[] {
  return decoder?.imageShape ?? sampleShape;
}
