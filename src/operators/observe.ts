import { type HostArray, type NDArray, randomSource } from "../array/index.js";
import { compile, engineOf, engineRules, type EngineSettings, formOf, sharedCache } from "../compile/index.js";
import { ShapeError } from "../errors.js";
import { anObject, checkOptions, seedNumber } from "../options.js";
import { drawParameters } from "./draw-parameters.js";
import { withOwnHoleValues } from "./holes.js";
import { type Observation } from "./observation.js";
import {
  checkArray,
  checkImages,
  checkMeasured,
  observationShapeOf,
  requireProblem,
  requireSamples,
  shapeRule,
} from "./observation-checks.js";
import {
  type ForwardOperator,
  type OperatorParameters,
  requireTraced,
  type SampleShape,
  type TracedParameters,
} from "./operator.js";
import { type Problem } from "./problem.js";

/** Options of `observe`. */
export interface ObserveOptions extends EngineSettings {
  /** Seed of the masks, kernels and noise. */
  seed: number;
}

/** Options of `observationOf`. */
export interface ObservationOptions extends EngineSettings {
  /**
   * The masks or kernels of y, with the sample on their first axis. Default: none, for an operator without parameters.
   */
  parameters?: OperatorParameters | undefined;
  /** The shape of one sample, e.g. [1, 28, 28]. */
  image: SampleShape;
}

/** A^T y inside a traced function. Throws ShapeError if it does not have the samples' shape. */
function transposeTo(shape: SampleShape, operator: ForwardOperator, y: NDArray, parameters: TracedParameters): NDArray {
  const transposed = operator.transpose(y, parameters, shape);
  requireTraced(transposed, `${operator.name}: transpose`);
  const wanted = [y.shape[0], ...shape].join(", ");
  if (transposed.shape.join(", ") !== wanted)
    throw new ShapeError(
      `${operator.name}: transpose gives [${transposed.shape.join(", ")}], the samples are [${wanted}]`,
    );
  return transposed;
}

/**
 * Makes an observation of each sample: y = A x with noise, and A^T y. The seed fixes masks, kernels and noise.
 *
 * Images should lie in [-1, 1]. Values below -10 or above 10, as in images from 0 to 255, are rejected, unless the
 * problem has its own `range`, which then applies.
 *
 * @param images float32 [N, ...shape]
 * @throws ShapeError if the operator does not observe samples of this shape, or there are no samples
 * @throws InputError if a value is not finite or out of range, or an option is wrong
 * @example
 * const y = await observe(model.problem("inpaint-box"), images, { seed: 1 });
 * const { samples } = await samplePosterior(model, y, { samples: 16, seed: 2 });
 */
export async function observe(problem: Problem, images: HostArray, options: ObserveOptions): Promise<Observation> {
  checkOptions("observe", options, { seed: seedNumber, ...engineRules }, ["seed"]);
  checkImages(problem, images);
  requireSamples("observe", images);
  const [count, ...shape] = images.shape;
  if (shape.length === 0)
    throw new ShapeError(
      `observe: the images are [${count}], without an axis of images: give [N, ...shape], a single one is [1, ${count}]`,
    );
  const { observation } = problem;
  const { seed } = options;
  const engine = engineOf(options);
  const parameters = drawParameters(problem, count, shape, seed);
  const yShape = [count, ...observationShapeOf(observation.operator, shape)];
  const noise = observation.drawNoise(yShape, randomSource(seed, "noise", problem.name));
  checkArray(noise, `the noise of "${problem.name}"`);
  const observed = (x: NDArray, eps: NDArray, drawn: TracedParameters) => {
    const y = observation.observe(x, eps, drawn);
    return { y, transposed: transposeTo(shape, observation.operator, y, drawn) };
  };
  const result = await sharedCache.use(
    { objects: [observation], values: ["observe", formOf([images, noise, parameters]), engine] },
    () => compile(observed, [images, noise, parameters], engine),
    ({ run }) => run(images, noise, parameters),
  );
  return { problem, ...result, parameters };
}

/**
 * Makes an observation of a measured y: computes A^T y.
 *
 * @param measured y, float32 [N, ...observationShape]; what it has where nothing was observed is ignored
 * @throws InputError if a value is not finite
 * @throws ShapeError if y or a parameter does not have the shape that the operator needs, or there are no samples
 * @example
 * const measured = hostArray(truth, [1, 1, 28, 28]);
 * const y = await observationOf(model.problem("denoise"), measured, { image: [1, 28, 28] });
 * const { samples } = await samplePosterior(model, y, { samples: 16, seed: 2 });
 */
export async function observationOf(
  problem: Problem,
  measured: HostArray,
  options: ObservationOptions,
): Promise<Observation> {
  checkOptions("observationOf", options, { parameters: anObject, image: shapeRule, ...engineRules }, ["image"]);
  requireProblem(problem);
  const { parameters = {}, image } = options;
  const { operator } = problem.observation;
  checkMeasured(problem, measured, parameters, image);
  requireSamples("observationOf", measured);
  const y = withOwnHoleValues(problem, measured, parameters);
  const engine = engineOf(options);
  const transpose = (observed: NDArray, drawn: TracedParameters): NDArray =>
    transposeTo(image, operator, observed, drawn);
  const transposed = await sharedCache.use(
    { objects: [operator], values: ["transpose", image, formOf([y, parameters]), engine] },
    () => compile(transpose, [y, parameters], engine),
    ({ run }) => run(y, parameters),
  );
  return { problem, y, transposed, parameters };
}
