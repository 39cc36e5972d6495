import { type HostArray, isTraced, type NDArray, type RandomSource, transposeLinear, zeros } from "../array/index.js";
import { type ImageShape } from "../data/index.js";
import { InputError, ShapeError } from "../errors.js";
import { aFunction, anObject, aText, checkOptions, shown, trueOrFalse } from "../options.js";

/** What an operator draws for each sample (a mask, a kernel): host arrays whose first axis is the sample. */
export type OperatorParameters = Readonly<Record<string, HostArray>>;

/** Operator parameters inside a traced function. */
export type TracedParameters = Readonly<Record<string, NDArray>>;

/** A kind of parameter whose values can be checked: see `ForwardOperator.parameterKinds`. */
export type ParameterKind = "mask" | "kernel";

/** The shape of one sample, without the batch axis: [channels, height, width] of an image, [2] of a point in the plane. */
export type SampleShape = readonly number[];

/**
 * A differentiable map A from samples to observations, with an A^T that maps an observation back to a sample's shape.
 *
 * One operator serves every batch size and sample shape. Operators of images scale with the image: their published
 * parameters hold at 256 pixels.
 */
export interface ForwardOperator {
  readonly name: string;
  /** Whether <A x, y> = <x, A^T y>. If not, the operator's documentation says what `transpose` is instead. */
  readonly transposeIsAdjoint: boolean;
  /**
   * The name of the parameter that is positive at the observed entries of y and 0 at the others (it broadcasts to y's
   * shape). Absent: every entry is observed.
   */
  readonly observedMask?: string | undefined;
  /**
   * The name of the parameter that is 0 at the entries of y that contain noise alone; they count as observed. A
   * measured y that is 0 at all of them gets noise there. Absent: there are no such entries.
   */
  readonly noiseMask?: string | undefined;
  /** Whether A is linear. Default: true. */
  readonly linear?: boolean | undefined;
  /** Whether A commutes with shifts of the image, except at its border. Default: false. */
  readonly shiftInvariant?: boolean | undefined;
  /**
   * Whether y lies on a grid over the image and each entry depends on the pixels around its place alone, as with masks,
   * blurs and lower resolution. Only then can an image be split into tiles; and only then, if y has the image's shape,
   * do the entries that `observedMask` leaves out count as hidden pixels. Default: `shiftInvariant`.
   */
  readonly local?: boolean | undefined;
  /**
   * Whether A^T y depends on the parameters other than by leaving out what was not observed. A picture of y is then not
   * A^T y: an observation has to be given as y with its parameters. Default: false.
   */
  readonly transposeNeedsParameters?: boolean | undefined;
  /**
   * Whether each entry of y, without its noise, is an average of pixels, or 0. A measured y then has to lie in the range
   * of the images. Default: false.
   */
  readonly averaging?: boolean | undefined;
  /**
   * What given parameters have to be: a "mask" has values in [0, 1]; a "kernel" has no negative value, and each sample's
   * values sum to 1. Default: any finite numbers.
   */
  readonly parameterKinds?: Readonly<Record<string, ParameterKind>> | undefined;
  /** Draws the parameters of `count` samples; {} if there are none. */
  draw(count: number, shape: SampleShape, random: RandomSource): OperatorParameters;
  /** y = A x: [B, ...shape] -> [B, ...observationShape]. */
  forward(x: NDArray, parameters: TracedParameters): NDArray;
  /** A^T y: [B, ...observationShape] -> [B, ...shape]. */
  transpose(y: NDArray, parameters: TracedParameters, shape: SampleShape): NDArray;
  /** The shape of one observation, without the batch axis. */
  observationShape(shape: SampleShape): number[];
}

/** The argument of `operator`: `forward`, and whatever differs from the defaults. */
export type OperatorDefinition = Pick<ForwardOperator, "forward"> & Partial<ForwardOperator>;

/**
 * An operator y = A x of your own.
 *
 * Defaults: nothing is drawn, y has x's shape, every entry of y is observed, and A^T is the adjoint, by differentiation
 * of `forward` at x = 0 (for a nonlinear map, the transpose of its Jacobian there: set `linear` to false). If you give
 * your own `transpose`, set `transposeIsAdjoint` if it is the adjoint.
 *
 * @throws InputError if an option is unknown or `forward` is missing
 * @example
 * const darken = operator({ name: "darken", forward: (x) => mul(x, 0.2) });
 * const mine = problem("dark", gaussianNoise(darken, 0.05));
 */
export function operator(definition: OperatorDefinition): ForwardOperator {
  checkOptions("operator", definition, rules, ["forward"]);
  const { forward, transpose, observedMask, noiseMask, shiftInvariant = false, local } = definition;
  const { transposeNeedsParameters, linear, averaging, parameterKinds } = definition;
  const { name = "operator", draw = () => ({}), observationShape = sameShape } = definition;
  const { transposeIsAdjoint = transpose === undefined } = definition;
  const adjoint: ForwardOperator["transpose"] = (y, parameters, shape) => {
    const back = transposeLinear((x) => forward(x, parameters), zeros([y.shape[0], ...shape]));
    const x = back(y);
    back.dispose();
    return x;
  };
  return {
    name,
    transposeIsAdjoint,
    ...(observedMask !== undefined && { observedMask }),
    ...(noiseMask !== undefined && { noiseMask }),
    ...(linear !== undefined && { linear }),
    shiftInvariant,
    ...(local !== undefined && { local }),
    ...(transposeNeedsParameters !== undefined && { transposeNeedsParameters }),
    ...(averaging !== undefined && { averaging }),
    ...(parameterKinds && { parameterKinds }),
    draw,
    forward,
    transpose: transpose ?? adjoint,
    observationShape,
  };
}

const rules = {
  name: aText,
  transposeIsAdjoint: trueOrFalse,
  observedMask: aText,
  noiseMask: aText,
  linear: trueOrFalse,
  shiftInvariant: trueOrFalse,
  local: trueOrFalse,
  transposeNeedsParameters: trueOrFalse,
  averaging: trueOrFalse,
  parameterKinds: {
    wanted: 'a record of "mask" and "kernel" by the parameters\' names',
    accepts: (value: unknown) =>
      anObject.accepts(value) && Object.values(value as object).every((kind) => kind === "mask" || kind === "kernel"),
  },
  draw: aFunction,
  forward: aFunction,
  transpose: aFunction,
  observationShape: aFunction,
};

/** Throws InputError if what a function of an operator gave is not a traced array. */
export function requireTraced(result: NDArray, what: string): void {
  if (!isTraced(result))
    throw new InputError(`${what} gives ${shown(result)}: make it return an array, computed from its arguments`);
}

/** Whether an operator is local: see `ForwardOperator.local`. */
export function isLocal({ local, shiftInvariant = false }: ForwardOperator): boolean {
  return local ?? shiftInvariant;
}

/** The image size, in pixels, at which the published operator parameters hold. */
const publishedSize = 256;

/** The factor that scales lengths in pixels from the published size: min(height, width) / 256. */
export function lengthScale({ height, width }: ImageShape): number {
  return Math.min(height, width) / publishedSize;
}

/** The observation's shape of an operator that keeps the sample's shape. */
export function sameShape(shape: SampleShape): number[] {
  return [...shape];
}

/** A sample's shape as that of an image. Throws ShapeError if it does not have three axes. */
export function imageOf(operatorName: string, shape: SampleShape): ImageShape {
  const [channels, height, width] = shape;
  if (shape.length !== 3)
    throw new ShapeError(
      `${operatorName} observes images [channels, height, width], these samples are [${shape.join(", ")}]`,
    );
  return { channels, height, width };
}
