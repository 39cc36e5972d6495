import { firstRows, type HostArray, type NDArray, randomSource, sizeOf, takeRows } from "../array/index.js";
import { compile, engineOf, engineRules, type EngineSettings, formOf, sharedCache } from "../compile/index.js";
import { requireFinite } from "../data/index.js";
import { InputError, ShapeError } from "../errors.js";
import { anObject, checkOptions, type OptionRule, seedNumber } from "../options.js";
import { type ForwardOperator, type OperatorParameters, type SampleShape, type TracedParameters } from "./operator.js";
import { withOwnHoleValues } from "./holes.js";
import { type Problem } from "./problem.js";

/** Observations of N samples of which only A^T y is known: the input of an adapter. */
export interface TransposedObservation {
  /** The problem that was observed, with its operator and noise. */
  readonly problem: Problem;
  /** A^T y, the observations brought back to the samples' shape: [N, ...shape]. */
  readonly transposed: HostArray;
}

/** The observations of N samples: everything that is needed to infer the samples. */
export interface Observation extends TransposedObservation {
  /** y, [N, ...observationShape]; 0 where nothing was observed. */
  readonly y: HostArray;
  /** The masks or kernels of the observations: arrays whose first axis is the sample. */
  readonly parameters: OperatorParameters;
}

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

const sampleShape: OptionRule = {
  wanted: "a list of lengths",
  accepts: (value) => Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0),
};
// Samples lie around [-1, 1]. Values beyond this range almost surely have another unit, such as 0 to 255.
const usualRange = [-10, 10] as const;

/**
 * The operator parameters that `observe` draws for `count` samples with this seed. Those of the first samples do not
 * depend on `count`.
 *
 * @throws InputError if the operator does not draw one of each parameter for each sample, or does not draw the mask
 *   that it names
 */
export function drawParameters(
  { name, observation: { operator } }: Problem,
  count: number,
  shape: SampleShape,
  seed: number,
): OperatorParameters {
  const drawn = operator.draw(count, shape, randomSource(seed, "parameters", name));
  for (const [parameter, array] of Object.entries(drawn))
    if (array.shape[0] !== count)
      throw new InputError(
        `${operator.name}: draw gives "${parameter}" [${array.shape.join(", ")}] for ${count} samples: its first axis has to be theirs`,
      );
  for (const name of ["observedMask", "noiseMask"] as const) {
    const mask = operator[name];
    if (mask !== undefined && !Object.hasOwn(drawn, mask))
      throw new InputError(`${operator.name}: its ${name} "${mask}" is not a parameter that draw gives`);
  }
  return drawn;
}

/** A^T y inside a traced function. Throws ShapeError if it does not have the samples' shape. */
function transposeTo(shape: SampleShape, operator: ForwardOperator, y: NDArray, parameters: TracedParameters): NDArray {
  const transposed = operator.transpose(y, parameters, shape);
  const wanted = [y.shape[0], ...shape].join(", ");
  if (transposed.shape.join(", ") !== wanted)
    throw new ShapeError(
      `${operator.name}: transpose gives [${transposed.shape.join(", ")}], the samples are [${wanted}]`,
    );
  return transposed;
}

/**
 * Checks that `problem` is a problem, and that the images have as many values as their shape says, all finite and in
 * its range.
 */
export function checkImages(problem: Problem, images: HostArray, name = "the batch of images"): void {
  requireProblem(problem);
  checkArray(images, name);
  requireRange(images, problem, name);
}

function requireSamples(of: string, { shape: [count = 0] }: HostArray): void {
  if (count < 1) throw new ShapeError(`${of}: there is no image: give one or more, [N, ...shape]`);
}

function requireProblem(problem: Problem): void {
  if (typeof problem?.observation !== "object")
    throw new InputError(
      "there is no problem: give one that imageProblem or problem makes, or the model's own, model.problem(name)",
    );
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
  const yShape = [count, ...observation.operator.observationShape(shape)];
  const noise = observation.drawNoise(yShape, randomSource(seed, "noise", problem.name));
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
  checkOptions("observationOf", options, { parameters: anObject, image: sampleShape, ...engineRules }, ["image"]);
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

/**
 * Checks that the arrays of an observation fit each other, their data and the problem, and that every number is finite.
 *
 * @throws InputError naming the array that is wrong
 */
export function checkObservation(observation: Observation | TransposedObservation): void {
  if (typeof observation?.problem?.observation !== "object")
    throw new InputError(
      "an observation has { problem, y, transposed, parameters }: make it with observe or observationOf",
    );
  const { problem, transposed } = observation;
  checkArray(transposed, "A^T y");
  const [count = 0, ...shape] = transposed.shape;
  if (count < 1) throw new ShapeError(`A^T y is [${transposed.shape.join(", ")}]: it holds no observation`);
  if (!("y" in observation)) return;
  const { y, parameters } = observation;
  checkMeasured(problem, y, parameters, shape);
  if (y.shape[0] !== count)
    throw new ShapeError(`y has ${y.shape[0]} samples, A^T y has ${count}: give them for the same samples`);
}

/**
 * The observations with these indices, in this order.
 *
 * @example
 * const some = observationRows(observation, [0, 2, 4]);
 */
export function observationRows(
  { problem, y, transposed, parameters }: Observation,
  rows: Int32Array | readonly number[],
): Observation {
  return {
    problem,
    y: takeRows(y, rows),
    transposed: takeRows(transposed, rows),
    parameters: mapParameters(parameters, (array) => takeRows(array, rows)),
  };
}

/** The first `wanted` observations, or all if there are fewer; the memory is shared. */
export function firstObservations({ problem, y, transposed, parameters }: Observation, wanted: number): Observation {
  return {
    problem,
    y: firstRows(y, wanted),
    transposed: firstRows(transposed, wanted),
    parameters: mapParameters(parameters, (array) => firstRows(array, wanted)),
  };
}

function mapParameters(parameters: OperatorParameters, change: (array: HostArray) => HostArray): OperatorParameters {
  return Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, change(array)]));
}

function checkMeasured(problem: Problem, y: HostArray, parameters: OperatorParameters, shape: SampleShape): void {
  const { operator } = problem.observation;
  checkArray(y, "the observation y");
  const [count] = y.shape;
  const check = (array: HostArray, what: string, own: readonly number[]): void => {
    checkArray(array, what);
    const wanted = [count, ...own].join(", ");
    if (array.shape.join(", ") !== wanted)
      throw new ShapeError(`${what} is [${array.shape.join(", ")}], "${problem.name}" needs [${wanted}]`);
  };
  check(y, "the observation y", operator.observationShape(shape));
  const needed = drawParameters(problem, 1, shape, 0);
  for (const [name, { shape: one }] of Object.entries(needed)) {
    const own = one.slice(1);
    if (!Object.hasOwn(parameters, name))
      throw new InputError(`"${problem.name}" needs the parameter "${name}", [${[count, ...own].join(", ")}]`);
    check(parameters[name], `the parameter "${name}"`, own);
  }
  const unknown = Object.keys(parameters).find((name) => !Object.hasOwn(needed, name));
  if (unknown !== undefined) throw new InputError(`"${problem.name}" has no parameter "${unknown}": leave it out`);
}

/** Checks that an array has as many values as its shape says, and that each is finite. */
function checkArray(array: HostArray, name: string): void {
  if (!Array.isArray(array?.shape) || !sampleShape.accepts(array.shape) || !(array.data instanceof Float32Array))
    throw new InputError(`${name} has to be an array { shape, data }, data a Float32Array: make it with hostArray`);
  const size = sizeOf(array.shape);
  if (array.data.length !== size)
    throw new ShapeError(`${name} [${array.shape.join(", ")}] needs ${size} values, it has ${array.data.length}`);
  requireFinite(array, name);
}

function requireRange({ data }: HostArray, { name, range = usualRange }: Problem, what: string): void {
  const [low, high] = range;
  const outside = data.find((value) => value < low || value > high);
  if (outside === undefined) return;
  const remedy =
    range === usualRange
      ? "images lie in [-1, 1]: scale them (x / 127.5 - 1), or give the problem a range of its own"
      : `the range of "${name}" is [${low}, ${high}]`;
  throw new InputError(`${what} holds ${outside}: ${remedy}`);
}
