import { lax, numpy as np } from "@jax-js/jax";
import { borrow, type NDArray } from "./ndarray.js";
import { pad } from "./shaping.js";

/** Matrix product over the last two axes, batched over the others. a: [..., n, k], b: [..., k, m] -> [..., n, m]. */
export function matmul(a: NDArray, b: NDArray): NDArray {
  return np.matmul(borrow(a), borrow(b));
}

/** Options of `convolve`. */
export interface ConvolutionOptions {
  /** Step of the window on each axis; 1 if not given. */
  stride?: number;
  /** Zeros around the image on every side, or [before, after] for each spatial axis; 0 if not given. */
  padding?: number | [number, number][];
  /** Number of channel groups that do not see each other; 1 if not given. */
  groups?: number;
  /** Spacing of the kernel's taps; 1 if not given. */
  kernelDilation?: number;
  /** Spacing of the image's pixels (zeros between them); 1 if not given. */
  imageDilation?: number;
}

/**
 * Cross-correlation with zero padding, as deep-learning libraries name convolution.
 * x: [B, C, H, W], kernel: [O, C / groups, h, w] -> [B, O, H', W'].
 */
export function convolve(x: NDArray, kernel: NDArray, options: ConvolutionOptions = {}): NDArray {
  const { stride = 1, padding = 0, groups = 1, kernelDilation = 1, imageDilation = 1 } = options;
  const axes = x.ndim - 2;
  const each = (value: number): number[] => new Array<number>(axes).fill(value);
  const pads = typeof padding === "number" ? each(padding).map((width): [number, number] => [width, width]) : padding;
  // jax-js 0.1.25 computes the input of a convolution with a single output channel inside it, padding the operands of
  // that computation instead of its result: 1 / 0 makes NaN of the border. A padding of its own is safe.
  const padFirst = imageDilation === 1 && kernel.shape[0] === groups && pads.flat().some((width) => width > 0);
  const image = padFirst ? pad(x, [[0, 0], [0, 0], ...pads]) : x;
  const remaining = padFirst ? pads.map((): [number, number] => [0, 0]) : pads;
  return lax.convGeneralDilated(borrow(image), borrow(kernel), each(stride), remaining, {
    featureGroupCount: groups,
    rhsDilation: each(kernelDilation),
    lhsDilation: each(imageDilation),
  });
}

/** A complex array as its real and imaginary parts. */
export interface Complex {
  real: NDArray;
  imag: NDArray;
}

/** Two-dimensional discrete Fourier transform over the last two axes, without normalisation. */
export function fourierTransform2d(x: Complex): Complex {
  return np.fft.fft2({ real: borrow(x.real), imag: borrow(x.imag) });
}

/** Inverse of `fourierTransform2d` (divides by the number of elements). */
export function inverseFourierTransform2d(x: Complex): Complex {
  return np.fft.ifft2({ real: borrow(x.real), imag: borrow(x.imag) });
}
