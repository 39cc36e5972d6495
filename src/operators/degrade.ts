import { firstRows, type HostArray, type NDArray, randomSource } from "../array/index.js";
import { type Backend, compile, formOf, sharedCache } from "../compile/index.js";
import { imageShapeOf, type ImageShape, requireFinite } from "../data/index.js";
import { type OperatorParameters, type TracedParameters } from "./operator.js";
import { type Problem } from "./problems.js";

/** Observations made from images, and what is needed to infer the images from them. */
export interface Degraded {
  /** y, [B, ...observationShape]. */
  readonly observation: HostArray;
  /** A^T y, [B, C, H, W]: what the adapter sees. */
  readonly transposed: HostArray;
  /** The masks or kernels that were drawn. */
  readonly parameters: OperatorParameters;
}

/** Options of `degrade` and `transposeObservation`. */
export interface DegradeOptions {
  /** The engine to compile for; the default of `compile` if not given. */
  backend?: Backend;
}

/** The operator parameters that `degrade` draws for `count` images with this seed; the first ones do not depend on `count`. */
export function drawParameters(problem: Problem, count: number, image: ImageShape, seed: number): OperatorParameters {
  return problem.observation.operator.draw(count, image, randomSource(seed, "parameters", problem.name));
}

/**
 * Makes an observation of each image: y = A x with noise, and A^T y. The seed decides masks, kernels and noise.
 *
 * @param images float32 [B, C, H, W], values in [-1, 1]
 * @throws ShapeError if `images` has not four axes
 * @throws InputError if a value is not finite
 */
export async function degrade(
  problem: Problem,
  images: HostArray,
  seed: number,
  options: DegradeOptions = {},
): Promise<Degraded> {
  const { observation } = problem;
  const image = imageShapeOf(images);
  const count = images.shape[0];
  requireFinite(images, "the batch of images");
  const parameters = drawParameters(problem, count, image, seed);
  const shape = [count, ...observation.operator.observationShape(image)];
  const noise = observation.drawNoise(shape, randomSource(seed, "noise", problem.name));
  const observe = (x: NDArray, eps: NDArray, drawn: TracedParameters) => {
    const y = observation.observe(x, eps, drawn);
    return { observation: y, transposed: observation.operator.transpose(y, drawn, image) };
  };
  const result = await sharedCache.use(
    { objects: [observation], values: ["observe", formOf([images, noise, parameters]), options] },
    () => compile(observe, [images, noise, parameters], options),
    ({ run }) => run(images, noise, parameters),
  );
  return { ...result, parameters };
}

/**
 * A^T y of observations made elsewhere.
 *
 * @param y float32 [B, ...observationShape]
 * @param image the size of the images that were observed
 * @throws InputError if a value is not finite
 */
export async function transposeObservation(
  problem: Problem,
  y: HostArray,
  parameters: OperatorParameters,
  image: ImageShape,
  options: DegradeOptions = {},
): Promise<HostArray> {
  const { operator } = problem.observation;
  requireFinite(y, "the observation");
  const transpose = (observation: NDArray, drawn: TracedParameters) => operator.transpose(observation, drawn, image);
  return sharedCache.use(
    { objects: [operator], values: ["transpose", image, formOf([y, parameters]), options] },
    () => compile(transpose, [y, parameters], options),
    ({ run }) => run(y, parameters),
  );
}

/** The first observations of a batch, all of them if fewer are there. */
export function firstObservations({ observation, transposed, parameters }: Degraded, wanted: number): Degraded {
  return {
    observation: firstRows(observation, wanted),
    transposed: firstRows(transposed, wanted),
    parameters: Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, firstRows(array, wanted)])),
  };
}
