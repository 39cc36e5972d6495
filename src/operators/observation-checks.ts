import { type HostArray, sizeOf } from "../array/index.js";
import { requireFinite } from "../data/index.js";
import { InputError, ShapeError } from "../errors.js";
import { type OptionRule, shown } from "../options.js";
import { drawParameters } from "./draw-parameters.js";
import { type Observation, type TransposedObservation } from "./observation.js";
import { type ForwardOperator, type OperatorParameters, type ParameterKind, type SampleShape } from "./operator.js";
import { type Problem } from "./problem.js";

/** Accepts the shape of a sample. */
export const shapeRule: OptionRule = {
  wanted: "a list of lengths",
  accepts: (value) => Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0),
};
// Samples lie around [-1, 1]. Values beyond this range almost surely have another unit, such as 0 to 255.
const usualRange = [-10, 10] as const;

/**
 * Checks that `problem` is a problem, and that the images have as many values as their shape says, all finite and in
 * its range.
 */
export function checkImages(problem: Problem, images: HostArray, name = "the batch of images"): void {
  requireProblem(problem);
  checkArray(images, name);
  requireRange(images, problem, name);
}

/** Throws ShapeError unless there is at least one sample. */
export function requireSamples(of: string, { shape: [count = 0] }: HostArray): void {
  if (count < 1) throw new ShapeError(`${of}: there is no image: give one or more, [N, ...shape]`);
}

/** Throws InputError unless a value is a problem. */
export function requireProblem(problem: Problem): void {
  if (typeof problem?.observation !== "object")
    throw new InputError(
      "there is no problem: give one that imageProblem or problem makes, or the model's own, model.problem(name)",
    );
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

/** Checks y and the parameters of observations of samples of this shape. Throws InputError naming what is wrong. */
export function checkMeasured(
  problem: Problem,
  y: HostArray,
  parameters: OperatorParameters,
  shape: SampleShape,
): void {
  const { operator } = problem.observation;
  checkArray(y, "the observation y");
  const [count] = y.shape;
  const check = (array: HostArray, what: string, own: readonly number[]): void => {
    checkArray(array, what);
    const wanted = [count, ...own].join(", ");
    if (array.shape.join(", ") !== wanted)
      throw new ShapeError(`${what} is [${array.shape.join(", ")}], "${problem.name}" needs [${wanted}]`);
  };
  check(y, "the observation y", observationShapeOf(operator, shape));
  if (operator.averaging === true) requireMeasuredRange(y, problem);
  const needed = drawParameters(problem, 1, shape, 0);
  for (const [name, { shape: one }] of Object.entries(needed)) {
    const own = one.slice(1);
    if (!Object.hasOwn(parameters, name))
      throw new InputError(`"${problem.name}" needs the parameter "${name}", [${[count, ...own].join(", ")}]`);
    check(parameters[name], `the parameter "${name}"`, own);
    requireKind(parameters[name], operator.parameterKinds?.[name], `the parameter "${name}" of "${problem.name}"`);
  }
  const unknown = Object.keys(parameters).find((name) => !Object.hasOwn(needed, name));
  if (unknown !== undefined) throw new InputError(`"${problem.name}" has no parameter "${unknown}": leave it out`);
}

/** Checks that an array has as many values as its shape says, and that each is finite. */
export function checkArray(array: HostArray, name: string): void {
  if (!Array.isArray(array?.shape) || !shapeRule.accepts(array.shape) || !(array.data instanceof Float32Array))
    throw new InputError(`${name} has to be an array { shape, data }, data a Float32Array: make it with hostArray`);
  const size = sizeOf(array.shape);
  if (array.data.length !== size)
    throw new ShapeError(`${name} [${array.shape.join(", ")}] needs ${size} values, it has ${array.data.length}`);
  requireFinite(array, name);
}

/** The shape of one observation. Throws InputError if the operator does not give one. */
export function observationShapeOf(operator: ForwardOperator, shape: SampleShape): number[] {
  const found = operator.observationShape(shape);
  if (!shapeRule.accepts(found))
    throw new InputError(`${operator.name}: observationShape gives ${shown(found)}, it has to be a list of lengths`);
  return found;
}

/** Averages of pixels lie in the range of images, but for the noise and the overshoot of bicubic weights. */
function requireMeasuredRange({ data }: HostArray, { name, range = usualRange, observation }: Problem): void {
  const [low, high] = range;
  const margin = (high - low) / 4 + 20 * observation.sigma;
  const outside = data.find((value) => value < low - margin || value > high + margin);
  if (outside === undefined) return;
  throw new InputError(
    `the observation y of "${name}" holds ${outside}: give it in the units of the images, from -1 to 1 (x / 127.5 - 1)`,
  );
}

// Kernels in single precision, and those that were stored with few digits, sum to 1 only nearly.
const sumTolerance = 0.01;

function requireKind({ shape: [count], data }: HostArray, kind: ParameterKind | undefined, name: string): void {
  if (kind === undefined) return;
  const outside = data.find((value) => value < 0 || (kind === "mask" && value > 1));
  if (outside !== undefined)
    throw new InputError(
      kind === "mask"
        ? `${name} holds ${outside}: a mask is 1 where a pixel is kept and 0 where it is dropped`
        : `${name} holds ${outside}: a kernel has no negative value`,
    );
  if (kind === "mask") return;
  const size = data.length / count;
  for (let i = 0; i < count; i++) {
    let sum = 0;
    for (const value of data.subarray(i * size, (i + 1) * size)) sum += value;
    if (Math.abs(sum - 1) > sumTolerance)
      throw new InputError(`${name}: the values of a kernel sum to ${sum}: divide them by their sum`);
  }
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
