import { add, hostArray, mul, type NDArray, type RandomSource, reshape, splitAxis } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { initialiseLinear, linear, type LinearParameters } from "./linear.js";

/** The layer that turns an embedding into a gain and an offset for each channel. */
export type FilmParameters = { fc: LinearParameters };

/** A FiLM layer that starts as the identity: gains 1, offsets 0, whatever the embedding. */
export function initialiseFilm(random: RandomSource, embeddingSize: number, channels: number): Hosted<FilmParameters> {
  const { weight } = initialiseLinear(random, embeddingSize, 2 * channels);
  const bias = Float32Array.from({ length: 2 * channels }, (_, i) => (i < channels ? 1 : 0));
  return {
    fc: { weight: { shape: weight.shape, data: weight.data.map(() => 0) }, bias: hostArray(bias, [2 * channels]) },
  };
}

/**
 * Feature-wise linear modulation (Perez et al. 2018): gain * x + offset, (gain, offset) = W embedding + b.
 * x: [B, C, H, W], embedding: [B, E] -> [B, C, H, W].
 */
export function film({ fc }: FilmParameters, x: NDArray, embedding: NDArray): NDArray {
  const [batch, channels] = x.shape;
  const [gain, offset] = splitAxis(reshape(linear(fc, embedding), [batch, 2 * channels, 1, 1]), 2, 1);
  return add(mul(x, gain), offset);
}

/** Adaptive modulation of tokens: x (1 + scale) + shift. x: [B, N, D] or [B, D], shift and scale: [B, D]. */
export function modulate(x: NDArray, shift: NDArray, scale: NDArray): NDArray {
  return add(mul(x, add(perToken(scale, x), 1)), perToken(shift, x));
}

/** One value a sample and channel, [B, D], shaped to broadcast against tokens [B, N, D]. */
export function perToken(value: NDArray, like: NDArray): NDArray {
  return like.ndim === 2 ? value : reshape(value, [value.shape[0], 1, value.shape[1]]);
}
