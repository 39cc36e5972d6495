import { lax, numpy as np } from "@jax-js/jax";
import { ShapeError } from "../errors.js";
import { checkOptions, type OptionRule, type OptionRules, pairOf, positiveInteger } from "../options.js";
import { checkTraced, shapeText } from "./checks.js";
import { arraysInCommonType, asFloat } from "./element-types.js";
import { type Native, owned } from "./native.js";
import { type NDArray } from "./ndarray.js";
import { pad, reshape, sliceAxis } from "./shaping.js";

/**
 * Matrix product over the last two axes, batched over the other axes. a: [..., n, k], b: [..., k, m] -> [..., n, m].
 *
 * @throws InputError if an argument is no array, ShapeError if the inner lengths differ or the other axes do not
 *   broadcast
 * @example
 * const similarity = matmul(tokens, transpose(tokens, [0, 2, 1])); // [B, N, D] -> [B, N, N]
 */
export function matmul(a: NDArray, b: NDArray): NDArray {
  checkTraced("matmul", "a", a);
  checkTraced("matmul", "b", b);
  if (a.ndim < 1 || b.ndim < 1 || a.shape[a.ndim - 1] !== b.shape[Math.max(0, b.ndim - 2)])
    throw new ShapeError(`matmul: ${shapeText(a.shape)} times ${shapeText(b.shape)}: the inner lengths differ`);
  checkBatch("matmul", a, b);
  const [first, second] = arraysInCommonType("matmul", [a, b], np.int32);
  return owned(np.matmul(first, second));
}

/** Options of `convolve`. */
export interface ConvolutionOptions {
  /** Step of the window on each axis. Default: 1. */
  stride?: number | undefined;
  /**
   * Number of zeros around the image on every side, or [before, after] for each spatial axis; negative numbers crop.
   * Default: 0.
   */
  padding?: number | [number, number][] | undefined;
  /** Number of independent groups of channels. Default: 1. */
  groups?: number | undefined;
  /** Spacing of the kernel's taps. Default: 1. */
  kernelDilation?: number | undefined;
  /** Spacing of the image's pixels, with zeros between them. Default: 1. */
  imageDilation?: number | undefined;
}

/**
 * Cross-correlation of float32 arrays with zero padding, which deep-learning libraries call convolution.
 * x: [B, C, H, W], kernel: [O, C / groups, h, w] -> [B, O, H', W'].
 *
 * @throws InputError if an argument is no array or an option is wrong, ShapeError if image, kernel and padding do not
 *   fit
 * @example
 * const edges = convolve(x, constant(hostArray([-1, 0, 1], [1, 1, 1, 3])), { padding: [[0, 0], [1, 1]] });
 */
export function convolve(x: NDArray, kernel: NDArray, options: ConvolutionOptions = {}): NDArray {
  checkTraced("convolve", "x", x);
  checkTraced("convolve", "kernel", kernel);
  checkOptions("convolve", options, convolutionRules);
  const { stride = 1, padding = 0, groups = 1, kernelDilation = 1, imageDilation = 1 } = options;
  const axes = x.ndim - 2;
  if (axes < 1 || kernel.ndim !== x.ndim || x.shape[1] !== kernel.shape[1] * groups || kernel.shape[0] % groups !== 0)
    throw new ShapeError(
      `convolve: x ${shapeText(x.shape)} and kernel ${shapeText(kernel.shape)} do not fit with ${groups} groups`,
    );
  const each = (value: number): number[] => new Array<number>(axes).fill(value);
  const pads = typeof padding === "number" ? each(padding).map((width): [number, number] => [width, width]) : padding;
  if (pads.length !== axes)
    throw new ShapeError(`convolve: there are paddings for ${pads.length} axes, an image has ${axes}`);
  pads.forEach(([before, after], axis) => {
    const image = (x.shape[axis + 2] - 1) * imageDilation + 1 + before + after;
    const reach = (kernel.shape[axis + 2] - 1) * kernelDilation + 1;
    if (image < reach)
      throw new ShapeError(`convolve: a kernel that covers ${reach} pixels does not fit into the image's ${image}`);
  });
  // jax-js 0.1.25 fuses the computation of the input into a convolution with a single output channel, and pads the
  // operands of that computation instead of its result: 1 / 0 turns the border into NaN. It also has no gradient where
  // the padding exceeds the kernel or crops the image. A separate padding avoids both.
  const reach = kernel.shape.slice(2).map((length) => (length - 1) * kernelDilation);
  const unusual = pads.some((widths, axis) => widths.some((width) => width < 0 || width > reach[axis]));
  const alone = imageDilation === 1 && kernel.shape[0] === groups && pads.flat().some((width) => width > 0);
  const padFirst = unusual || alone;
  const image = padFirst ? padOrCrop(dilate(x, imageDilation), pads) : x;
  const result = lax.convGeneralDilated(
    asFloat(image),
    asFloat(kernel),
    each(stride),
    padFirst ? pads.map((): [number, number] => [0, 0]) : pads,
    {
      featureGroupCount: groups,
      rhsDilation: each(kernelDilation),
      lhsDilation: each(padFirst ? 1 : imageDilation),
    },
  );
  return owned(result);
}

const integer: OptionRule = { wanted: "an integer", accepts: Number.isSafeInteger };
const widths = pairOf(integer);
const convolutionRules: OptionRules<ConvolutionOptions> = {
  stride: positiveInteger,
  padding: {
    wanted: "an integer, or two for each axis",
    accepts: (value) => integer.accepts(value) || (Array.isArray(value) && value.every((pair) => widths.accepts(pair))),
  },
  groups: positiveInteger,
  kernelDilation: positiveInteger,
  imageDilation: positiveInteger,
};

/** Throws ShapeError unless the axes before the last two broadcast. */
function checkBatch(of: string, a: NDArray, b: NDArray): void {
  const [first, second] = [a, b].map(({ shape }) => shape.slice(0, -2).reverse());
  const wrong = first.some((length, i) => i < second.length && length !== second[i] && length !== 1 && second[i] !== 1);
  if (wrong)
    throw new ShapeError(`${of}: the batches of ${shapeText(a.shape)} and ${shapeText(b.shape)} do not broadcast`);
}

/** Inserts zeros between the pixels: [B, C, H, W] -> [B, C, (H - 1) spacing + 1, ...]. */
function dilate(x: NDArray, spacing: number): NDArray {
  if (spacing === 1) return x;
  const sides = x.shape.slice(2);
  const apart = reshape(x, [...x.shape.slice(0, 2), ...sides.flatMap((side) => [side, 1])]);
  const none: [number, number] = [0, 0];
  const spaced = pad(apart, [none, none, ...sides.flatMap((): [number, number][] => [none, [0, spacing - 1]])]);
  const whole = reshape(spaced, [...x.shape.slice(0, 2), ...sides.map((side) => side * spacing)]);
  return sides.reduce((image, side, i) => sliceAxis(image, i + 2, 0, (side - 1) * spacing + 1), whole);
}

/** Adds zeros around the image, [before, after] for each spatial axis; negative widths crop it. */
function padOrCrop(x: NDArray, widths: readonly [number, number][]): NDArray {
  const padded = pad(x, [
    [0, 0],
    [0, 0],
    ...widths.map((both) => both.map((width) => Math.max(width, 0)) as [number, number]),
  ]);
  return widths.reduce((image, [before, after], i) => {
    const length = image.shape[i + 2];
    return before < 0 || after < 0
      ? sliceAxis(image, i + 2, Math.max(-before, 0), length - Math.max(-after, 0))
      : image;
  }, padded);
}

/** A complex array as its real and imaginary parts. */
export interface Complex {
  real: NDArray;
  imag: NDArray;
}

/**
 * Two-dimensional discrete Fourier transform over the last two axes, without normalisation.
 *
 * @example
 * const { real, imag } = fourierTransform2d({ real: x, imag: zeros(x.shape) });
 * const amplitude = sqrt(add(square(real), square(imag)));
 */
export function fourierTransform2d(x: Complex): Complex {
  return ownedParts(np.fft.fft2(borrowedParts(x)));
}

/**
 * Inverse of `fourierTransform2d`; it divides by the number of elements.
 *
 * @example
 * const spectrum = fourierTransform2d({ real: x, imag: zeros(x.shape) });
 * const { real } = inverseFourierTransform2d(spectrum); // x
 */
export function inverseFourierTransform2d(x: Complex): Complex {
  return ownedParts(np.fft.ifft2(borrowedParts(x)));
}

interface NativeComplex {
  real: Native;
  imag: Native;
}

function borrowedParts(x: Complex): NativeComplex {
  const { real, imag } = x ?? {};
  checkTraced("Fourier transform", "real", real);
  checkTraced("Fourier transform", "imag", imag);
  if (real.ndim < 2 || real.shape.join() !== imag.shape.join())
    throw new ShapeError(
      `Fourier transform: parts ${shapeText(real.shape)} and ${shapeText(imag.shape)}: give two or more axes, equal in both`,
    );
  return { real: asFloat(real), imag: asFloat(imag) };
}

const ownedParts = ({ real, imag }: NativeComplex): Complex => ({ real: owned(real), imag: owned(imag) });
