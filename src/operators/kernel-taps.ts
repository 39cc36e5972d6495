import { type OptionRule } from "../options.js";

// A larger kernel exceeds any image, and its array exceeds the memory.
const mostTaps = 4095;

/** The side of an operator's kernel, in pixels. */
export const oddTaps: OptionRule = {
  wanted: `an odd integer from 1 to ${mostTaps}`,
  accepts: (value) => Number.isInteger(value) && isOdd(value as number) && (value as number) <= mostTaps,
};

function isOdd(value: number): boolean {
  return value > 0 && value % 2 === 1;
}
