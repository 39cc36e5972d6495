import { type Axis, checkShapes, type NDArray } from "../array/index.js";
import { aFunction, aList, checkArgument, numberFrom, type OptionRule } from "../options.js";

// The checks of the arguments of losses and samplers. They run once, while a function is traced.

/** The axes of a batch of samples. */
export const ofBatch: readonly Axis[] = ["B", "..."];
/** The axes of an array with one number for each sample. */
export const ofEach: readonly Axis[] = ["B"];

type Network = (x: NDArray, ...inputs: never[]) => NDArray;

/**
 * The network, with a check that each result is an array of x's shape; any other shape would broadcast.
 *
 * @throws InputError if it is no function, and when it is called, if its result is wrong
 */
export function checkedNetwork<Given extends Network>(of: string, name: string, network: Given): Given {
  checkArgument(of, name, network, aFunction);
  const checked: Network = (x, ...inputs) => {
    const result = network(x, ...inputs);
    checkShapes(of, { x: [x, ["..."]], [`the result of ${name}`]: [result, ["..."]] });
    return result;
  };
  return checked as Given;
}

/** Checks that z is a batch of noise. Throws InputError if not. */
export function checkNoise(of: string, z: NDArray): void {
  checkShapes(of, { z: [z, ofBatch] });
}

/** Checks that z is a batch of noise and that each fresh noise has its shape. Throws InputError if not. */
export function checkFreshNoise(of: string, z: NDArray, noises: readonly NDArray[]): void {
  checkArgument(of, "noises", noises, aList);
  const fresh = noises.map((noise, k) => [`noises[${k}]`, [noise, ofBatch]] as const);
  checkShapes(of, { z: [z, ofBatch], ...Object.fromEntries(fresh) });
}

/** Accepts two times, the earlier one first. In the other convention of time they may lie beyond [0, 1]. */
export const intervalRule: OptionRule = {
  wanted: "two times, the earlier one first",
  accepts: (value) =>
    Array.isArray(value) && value.length === 2 && value.every(Number.isFinite) && Number(value[0]) <= Number(value[1]),
};

/** Accepts the guidance settings of a sampler. */
export const guidanceRule: OptionRule = {
  wanted: "{ unconditional, scale, interval }: a network, a number from 0 on, and two times if they are given",
  accepts: (value) => {
    if (typeof value !== "object" || value === null) return false;
    const { unconditional, scale, interval = [0, 1], ...others } = value as Readonly<Record<string, unknown>>;
    const known = Object.keys(others).length === 0;
    return known && aFunction.accepts(unconditional) && numberFrom(0).accepts(scale) && intervalRule.accepts(interval);
  },
};
