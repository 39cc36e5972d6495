import { type RandomSource, shapesOnly, sizeOf } from "../array/index.js";
import { InputError } from "../errors.js";

// Of a network: more than any machine that this library runs on could train.
const mostParameters = 2 ** 33;
const mostArrays = 100_000;
// Of one sample: no array has more.
const mostValues = 2 ** 32;

/**
 * Checks, before anything is drawn, that a configuration's network can be built: its first parameters are counted by their shapes
 * until there are too many.
 *
 * @param what names the configuration in the message
 * @param config the checked configuration
 * @param initialise makes the first parameters from a random source
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
  // Each layer has an array at least; a list of so many layers would be memory itself.
  if (depth > mostArrays || blocks > mostArrays) throw tooLarge(what, `${mostArrays} arrays of parameters`);
  try {
    initialise(countingSource(what));
  } catch (error) {
    // The engine's own limit, of an array that is filled and not drawn.
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
