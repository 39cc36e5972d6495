import {
  add,
  checkShapes,
  hostArray,
  mul,
  type NDArray,
  type RandomSource,
  reshape,
  splitAxis,
} from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { anObject, checkEntries } from "../options.js";
import { checkDraw } from "./checks.js";
import { zeroInitialiser } from "./initialise.js";
import { initialiseLinear, linear, type LinearParameters } from "./linear.js";

/** The layer that turns an embedding into a gain and an offset for each channel. */
export type FilmParameters = { fc: LinearParameters };

/**
 * Initial parameters of a FiLM layer, which starts as the identity: gains 1, offsets 0, whatever the embedding.
 *
 * @throws InputError if a size is not a positive integer
 * @example
 * const { fc } = initialiseFilm(random, 128, 32); // from an embedding of 128 to 32 gains and 32 offsets
 */
export function initialiseFilm(random: RandomSource, embeddingSize: number, channels: number): Hosted<FilmParameters> {
  checkDraw("initialiseFilm", random, { embeddingSize, channels });
  const { weight, bias } = initialiseLinear(random, embeddingSize, 2 * channels, zeroInitialiser);
  return { fc: { weight, bias: hostArray(bias.data.fill(1, 0, channels), bias.shape) } };
}

/**
 * The gain and offset of each channel, W embedding + b. embedding: [B, E] -> two arrays [B, C].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const [gain, offset] = gainAndOffset({ fc: { weight, bias } }, embedding); // [B, C] each
 */
export function gainAndOffset(parameters: FilmParameters, embedding: NDArray): [gain: NDArray, offset: NDArray] {
  checkEntries("gainAndOffset", "parameters", parameters, { fc: anObject });
  checkShapes("gainAndOffset", { embedding: [embedding, ["B", "E"]] });
  const [gain, offset] = splitAxis(linear(parameters.fc, embedding), 2, 1);
  return [gain, offset];
}

/**
 * Feature-wise linear modulation (Perez et al. 2018): gain * x + offset, (gain, offset) = W embedding + b.
 * x: [B, C, H, W], embedding: [B, E] -> [B, C, H, W].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const modulated = film({ fc: { weight, bias } }, x, embedding); // x's shape
 */
export function film(parameters: FilmParameters, x: NDArray, embedding: NDArray): NDArray {
  const [gains, offsets] = gainAndOffset(parameters, embedding);
  checkShapes("film", { x: [x, ["B", "C", "H", "W"]], "the gains": [gains, ["B", "C"]] });
  const [gain, offset] = [gains, offsets].map((value) => perSampleChannel(value));
  return add(mul(x, gain), offset);
}

const perSampleChannel = (value: NDArray): NDArray => reshape(value, [...value.shape, 1, 1]);

/**
 * Adaptive modulation of tokens: x (1 + scale) + shift. x: [B, N, D] or [B, D], shift and scale: [B, D].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const [shift, scale] = splitAxis(linear({ weight, bias }, embedding), 2, 1);
 * const modulated = modulate(layerNorm(tokens), shift, scale);
 */
export function modulate(x: NDArray, shift: NDArray, scale: NDArray): NDArray {
  const each = ["B", "D"];
  checkShapes("modulate", { shift: [shift, each], scale: [scale, each], x: [x, ["B", "...", "D"]] });
  return add(mul(x, add(perToken(scale, x), 1)), perToken(shift, x));
}

/**
 * One value for each sample and channel, [B, D], reshaped to broadcast against tokens [B, N, D].
 *
 * @throws InputError if an argument is no array or the shapes do not fit
 * @example
 * const shifted = add(tokens, perToken(embedding, tokens));
 */
export function perToken(value: NDArray, like: NDArray): NDArray {
  checkShapes("perToken", { value: [value, ["B", "D"]], like: [like, ["B", "...", "D"]] });
  if (like.ndim !== 2) checkShapes("perToken", { like: [like, ["B", "N", "D"]] });
  return like.ndim === 2 ? value : reshape(value, [value.shape[0], 1, value.shape[1]]);
}
