import { isTraced } from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";
import { aFunction, aList, checkArgument, integerFrom, type OptionRule } from "../options.js";
import { type FlatFunction, isExampleLeaf, putTogether, specOf, type Structure, takeApart } from "./trees.js";
import { type ArraySpec } from "./types.js";

/** A function of trees as a function of flat lists, with what is needed to restore the trees. */
export interface Flattened {
  fn: FlatFunction;
  inputs: { name: string; spec: ArraySpec }[];
  argumentStructure: Structure;
  /** The form of the result; set once `fn` has been traced. */
  resultStructure(): Structure;
}

/** Flattens a function's arguments and results. Throws ShapeError if an argument has no elements. */
export function flatten(fn: (...args: never[]) => unknown, examples: readonly unknown[]): Flattened {
  const [leaves, argumentStructure] = takeApart(examples, isExampleLeaf);
  const inputs = leaves.map(({ name, value }) => ({ name, spec: specOf(value) }));
  const empty = inputs.find(({ spec }) => spec.shape.includes(0));
  if (empty !== undefined)
    throw new ShapeError(
      `argument ${empty.name} is [${empty.spec.shape.join(", ")}]: a function is compiled for arrays of at least one element`,
    );
  let result: Structure | undefined;
  const traced = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the function has not been traced yet");
    return value;
  };
  return {
    fn: (arrays) => {
      const given = fn(...(putTogether(argumentStructure, arrays) as never[]));
      if (given instanceof Promise)
        throw new InputError("the function to compile gives a promise: it must not be async, make it return arrays");
      const [outputs, structure] = takeApart(given, isTraced);
      if (outputs.length === 0)
        throw new InputError("the function to compile gives no array: make it return one or more");
      result = structure;
      return outputs.map(({ value }) => value);
    },
    inputs,
    argumentStructure,
    resultStructure: () => traced(result),
  };
}

const specRule: OptionRule = {
  wanted: "a host array, or a shape of whole numbers with a type",
  accepts: (value) => {
    const { shape, type } = specOf(value as ArraySpec);
    return shape.every((length) => integerFrom(0, 2 ** 31).accepts(length)) && ["float32", "int32"].includes(type);
  },
};

/** Throws InputError unless there are a function and examples of its arguments. */
export function checkCompiled(of: string, fn: unknown, examples: readonly unknown[]): void {
  checkArgument(of, "fn", fn, aFunction);
  checkArgument(of, "examples", examples, aList);
  for (const { name, value } of takeApart(examples, isExampleLeaf)[0]) {
    checkArgument(of, `the shape of argument ${name}`, value.shape, aList);
    checkArgument(of, `argument ${name}`, value, specRule);
  }
}
