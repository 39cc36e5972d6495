import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { checkArgument, positiveInteger } from "../options.js";
import { allocated, type HostArray } from "./host.js";
import { drawNormal, fillNormal } from "./normal.js";
import { drawInteger, drawUniform, fillUniform, type WordGenerator } from "./uniform.js";

/**
 * A seeded source of random arrays on the host.
 *
 * A source is named by its seed and a path of names and numbers, e.g. randomSource(7, "train", step). The path's parts
 * are joined by "/", so that ("a", "b") and ("a/b") name the same source. The same name always gives the same numbers,
 * so that a resumed run draws what the uninterrupted run would have drawn.
 */
export interface RandomSource {
  /** One number uniform in [0, 1). */
  uniform(): number;
  /** One standard normal number. */
  normal(): number;
  /**
   * One integer uniform in [0, bound); up to a bound of 2^24 it is the product of one 24-bit number and the bound, rounded
   * down.
   *
   * @throws InputError if the bound is not a positive integer
   */
  integer(bound: number): number;
  /** An array of independent standard normal numbers. */
  normalArray(shape: readonly number[]): HostArray;
  /** An array of independent numbers uniform in [0, 1). */
  uniformArray(shape: readonly number[]): HostArray;
  /** The integers 0 ... length - 1 in random order. */
  permutation(length: number): Int32Array;
}

const aSeed = { wanted: "an integer", accepts: Number.isSafeInteger };

/**
 * Makes the random source with this seed and path.
 *
 * @throws InputError if the seed is not an integer
 * @example
 * const noise = randomSource(7, "train", 12).normalArray([8, 1, 28, 28]);
 */
export function randomSource(seed: number, ...path: (string | number)[]): RandomSource {
  checkArgument("randomSource", "seed", seed, aSeed);
  const generator = xoroshiro128plus(hash([seed, ...path].join("/")));
  const uniform = (): number => drawUniform(generator);
  const filled = (shape: readonly number[], fill: (data: Float32Array, words: WordGenerator) => void): HostArray => {
    const data = allocated(shape);
    fill(data, generator);
    return { shape: [...shape], data };
  };
  const integer = (bound: number): number => {
    checkArgument("integer", "bound", bound, positiveInteger);
    return bound <= 2 ** 24 ? Math.floor(uniform() * bound) : drawInteger(generator, bound);
  };
  return {
    uniform,
    normal: () => drawNormal(generator),
    integer,
    normalArray: (shape) => filled(shape, fillNormal),
    uniformArray: (shape) => filled(shape, fillUniform),
    permutation: (length) => {
      const order = Int32Array.from({ length }, (_, i) => i);
      for (let i = length - 1; i > 0; i--) {
        const j = integer(i + 1);
        [order[i], order[j]] = [order[j], order[i]];
      }
      return order;
    },
  };
}

/**
 * A source that draws nothing: its arrays have shapes but no data. Initial parameters "drawn" from it give a model's
 * form at no cost, for the reader of a checkpoint.
 */
export const shapesOnly: RandomSource = {
  uniform: () => 0,
  normal: () => 0,
  integer: () => 0,
  normalArray: (shape) => ({ shape: [...shape], data: new Float32Array(0) }),
  uniformArray: (shape) => ({ shape: [...shape], data: new Float32Array(0) }),
  permutation: () => new Int32Array(0),
};

// FNV-1a with a final avalanche, so that neighbouring seeds and steps give unrelated 32-bit states.
function hash(text: string): number {
  let state = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) state = Math.imul(state ^ text.charCodeAt(i), 0x01000193);
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35);
  return (state ^ (state >>> 16)) | 0;
}
