import { add, constant, div, type HostArray, mul, type NDArray, neg, square, sub } from "../array/index.js";
import { type ImageShape, imageShapeOf } from "../data/index.js";
import { filterReflected, kernelResponse } from "./reflected-correlation.js";

// S(f) = 1 / (200 f^2), f in cycles a pixel. Natural images have such a spectrum (Field 1987). One factor serves digits,
// clothes and photographs: their squared errors have wide minima, which lie at 100 to 300.
const inverseSignalPower = 200;

/**
 * The Wiener filter of images that were correlated with the kernel of their own sample: at each frequency f, with the
 * kernel's response K,
 *
 *   x = conj(K) / (|K|^2 + sigma^2 / S(f)) y,  S(f) = 1 / (200 f^2).
 *
 * It is the best linear estimate for images of the power spectrum S, but for their borders: the blurred image is taken
 * as reflected there, which holds for the sharp one. Source: Wiener, Extrapolation, Interpolation, and Smoothing of
 * Stationary Time Series (1949).
 *
 * @param y [B, C, H, W]
 * @param kernel [B, taps, taps], as for `correlateReflected`
 * @param sigma standard deviation of the noise of y
 * @returns [B, C, H, W]
 */
export function wienerFilter(y: NDArray, kernel: NDArray, sigma: number): NDArray {
  const image = imageShapeOf(y);
  const { cosine, sine } = kernelResponse(kernel, image);
  const noise = mul(constant(inversePowers(image)), sigma ** 2);
  // K at the frequencies (u, v) and (u, -v). As the image is even along both axes, these two determine the filter.
  const up = inverse(sub(cosine.cosine, sine.sine), neg(add(cosine.sine, sine.cosine)), noise);
  const down = inverse(add(cosine.cosine, sine.sine), sub(sine.cosine, cosine.sine), noise);
  return filterReflected(y, {
    cosine: { cosine: half(add(up.real, down.real)), sine: half(neg(add(up.imaginary, down.imaginary))) },
    sine: { cosine: half(sub(down.imaginary, up.imaginary)), sine: half(sub(down.real, up.real)) },
  });
}

/** conj(K) / (|K|^2 + noise). */
function inverse(real: NDArray, imaginary: NDArray, noise: NDArray): { real: NDArray; imaginary: NDArray } {
  const power = add(add(square(real), square(imaginary)), noise);
  return { real: div(real, power), imaginary: neg(div(imaginary, power)) };
}

function half(x: NDArray): NDArray {
  return mul(x, 0.5);
}

/** 1 / S(f) at the frequencies of a reflected image, [1, W, H]. */
function inversePowers({ height, width }: ImageShape): HostArray {
  const frequency = (index: number, length: number): number => (length === 1 ? 0 : index / (2 * (length - 1)));
  const data = Float32Array.from({ length: width * height }, (_, at) => {
    const [u, v] = [frequency(Math.floor(at / height), width), frequency(at % height, height)];
    return inverseSignalPower * (u ** 2 + v ** 2);
  });
  return { shape: [1, width, height], data };
}
