import { InputError } from "../errors.js";

/** Checks the side of an operator's kernel, if it is given. Throws InputError unless it is a positive odd integer. */
export function requireOddTaps(operator: string, taps: number | undefined): void {
  if (taps !== undefined && !(Number.isInteger(taps) && taps > 0 && taps % 2 === 1))
    throw new InputError(`${operator}: the kernel has ${taps} taps a side, it has to be a positive odd integer`);
}
