import { type RandomSource, shapesOnly, sizeOf } from "../array/index.js";
import { InputError } from "../errors.js";

// Of a network: more than any machine that runs this library could train.
const mostParameters = 2 ** 33;
const mostArrays = 100_000;
// Of one sample: no array has more.
const mostValues = 2 ** 32;

/**
 * Checks, before anything is drawn, that a configuration's network can be built. Its initial parameters are counted by
 * their shapes until there are too many.
 *
 * @param what names the configuration in the message
 * @param config the validated configuration
 * @param initialise draws the initial parameters from a random source
 * @throws InputError if a sample has more than `mostValues` values, or the network has more than `mostParameters` parameters or `mostArrays` arrays of them
 */
export function requireBuildable(what: string, config: object, initialise: (random: RandomSource) => unknown): void {
  const {
    depth = 0,
    blocks = 0,
    shape = [],
  } = config as { depth?: number; blocks?: number; shape?: readonly number[] };
  if (sizeOf(shape) > mostValues)
    throw new InputError(`${what} is too large: a sample has ${mostValues} values at most`);
  // Each layer has at least one array, and a list of so many layers would itself fill the memory.
  if (depth > mostArrays || blocks > mostArrays) throw tooLarge(what, `${mostArrays} arrays of parameters`);
  try {
    initialise(countingSource(what));
  } catch (error) {
    // The engine's own limit, for an array that is filled rather than drawn.
    if (error instanceof RangeError) throw tooLarge(what, `${mostParameters} parameters`);
    throw error;
  }
}

function countingSource(what: string): RandomSource {
  let [parameters, arrays] = [0, 0];
  const counted = (shape: readonly number[]) => {
    parameters += sizeOf(shape);
    if (parameters > mostParameters) throw tooLarge(what, `${mostParameters} parameters`);
    if (++arrays > mostArrays) throw tooLarge(what, `${mostArrays} arrays of parameters`);
    return shapesOnly.normalArray(shape);
  };
  return { ...shapesOnly, normalArray: counted, uniformArray: counted };
}

function tooLarge(what: string, limit: string): InputError {
  return new InputError(`${what} is too large: a network has ${limit} at most, make it narrower or shallower`);
}
