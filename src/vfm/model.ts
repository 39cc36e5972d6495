import { aFunction, aList, anObject, aText, checkEntries } from "../options.js";
import { type HostArray, type NDArray, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { type Problem, problemClasses, problemNamed, sameObservation } from "../operators/index.js";
import { type NoiseDistribution } from "./noise-adapter.js";

/** The map from a flow map's samples to images, for samples that are an autoencoder's latents. */
export interface Decoder {
  /** Shape of an image, [channels, height, width]. */
  readonly imageShape: readonly number[];
  readonly parameters: Tree<HostArray>;
  /** latents [B, ...sampleShape] -> images [B, ...imageShape]. */
  decode(parameters: Tree<NDArray>, latents: NDArray): NDArray;
}

/** How samples of one problem are conditioned on their observation a second time: see `updateOnObservation`. */
export interface ObservationUpdate {
  /** Factor by which the adapter's sigma is multiplied. */
  readonly temperature: number;
  /** The Gaussian model of the residual, the difference of the truth from f(z). Default: none. */
  readonly residual?: {
    /**
     * Standard deviation of each pixel, or of each axis of the cosine transform, [D]. With `leading`: of all directions
     * orthogonal to those, [1].
     */
    readonly scales: HostArray;
    /** Whether `scales` are along the axes of the cosine transform (see `cosineTransform`). */
    readonly cosine?: boolean;
    /** Directions with standard deviations of their own: orthonormal rows [K, D] and standard deviations [K]. */
    readonly leading?: { readonly axes: HostArray; readonly scales: HostArray };
    /** How the residual depends on the grey value of the sample: see `pixelScale`. */
    readonly saturation: number;
    /** How the residual depends on the contrast around a pixel of the sample: see `contrastScale`. Default: 0. */
    readonly texture?: number;
    /** Iterations of conjugate gradients. Default: 16. */
    readonly iterations?: number;
  };
}

/** A trained Variational Flow Map: its networks as functions of their parameters, and the parameters. */
export interface VariationalFlowMap {
  /** Shape of one sample of the flow map, e.g. [channels, height, width]. */
  readonly sampleShape: readonly number[];
  /** Maps samples to images, which have the shape of A^T y. Without a decoder the samples are the images. */
  readonly decoder?: Decoder | undefined;
  readonly parameters: { readonly flowMap: Tree<HostArray>; readonly adapter: Tree<HostArray> };
  /** Number of labels that the flow map knows. Default: none. */
  readonly classes?: number | undefined;
  /** The problems that the adapter knows. */
  readonly problems: readonly Problem[];
  /**
   * For each problem by name, how its samples are conditioned on the observation. A problem without an entry keeps its
   * samples as they are.
   */
  readonly updates?: ReadonlyMap<string, ObservationUpdate> | undefined;
  /** u(x, r, t), with labels, int32 [B], or without. */
  meanVelocity(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray, labels?: NDArray): NDArray;
  /** q(z | y, c): A^T y [B, ...imageShape], the class c int32 [B] -> mean and log sigma, [B, ...sampleShape] each. */
  adapter(parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): NoiseDistribution;
}

/** Checks that a value is a model with a flow map. Throws InputError if not. */
export function checkModel(of: string, model: FlowMapModel): void {
  checkEntries(of, "the model", model, { sampleShape: aList, meanVelocity: aFunction, parameters: anObject });
}

/** Checks that a value is a model with a flow map and an adapter. Throws InputError if not. */
export function checkPosteriorModel(of: string, model: VariationalFlowMap): void {
  checkModel(of, model);
  checkEntries(of, "the model", model, { problems: aList, adapter: aFunction });
}

/** The part of a model that sampling the prior needs: its flow map. */
export type FlowMapModel = Pick<VariationalFlowMap, "sampleShape" | "decoder" | "meanVelocity" | "classes"> & {
  parameters: { flowMap: Tree<HostArray> };
};

/** Anything with problems: a Variational Flow Map, or another model of observations. */
export type ProblemModel = Pick<VariationalFlowMap, "problems">;

/** A model that gives its problems by name. */
export interface TrainedModel extends VariationalFlowMap {
  /** The model's problem of this name. Throws InputError with the names that exist. */
  problem(name: string): Problem;
}

/** Adds access to a model's problems by name. */
export function trainedModel(model: VariationalFlowMap): TrainedModel {
  return modelWith(model, { problem: (name: string) => problemNamed(model.problems, name) });
}

/** A copy of a model with other entries, which keeps the methods of the model's class. */
export function modelWith<Entries extends object>(
  model: VariationalFlowMap,
  entries: Entries,
): VariationalFlowMap & Entries {
  const copy = Object.create(Object.getPrototypeOf(model) as object | null) as VariationalFlowMap;
  return Object.assign(copy, model, entries);
}

/**
 * The class by which the model's networks know a problem.
 *
 * @throws InputError if the model knows no problem of this name, or was trained on it with an operator of another name,
 *   other masks (such as other holes) or another transpose, or with another sigma. An operator's other settings are not
 *   compared.
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
  if (!sameObservation(given, own))
    throw new InputError(
      `"${name}" was observed with other masks or another transpose than the model learnt: observe the model's own problem`,
    );
  return problemClasses(problems)[place];
}

/** Shape of an image, as observed and as returned by a sampler: the decoder's, or that of the flow map's samples. */
export function imageShapeOfModel({ decoder, sampleShape }: FlowMapModel): readonly number[] {
  return decoder?.imageShape ?? sampleShape;
}
