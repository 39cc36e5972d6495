import { aText, checkOptions, type OptionRule } from "../options.js";
import { checkCompiled, flatten } from "./flatten.js";
import { graphOf } from "./graph-of.js";
import { encodeModel } from "./onnx/encode.js";
import { type GraphCost, graphCost } from "./onnx/graph-cost.js";
import { type Example } from "./types.js";

const namesRule: OptionRule = {
  wanted: "a list of names",
  accepts: (value) => Array.isArray(value) && value.every((name) => aText.accepts(name)),
};

/**
 * Counts the cost of one call of a pure function of arrays on the onnx engine, without running it.
 *
 * @param examples one example for each argument; only its form, shapes and element types are used
 * @throws CompileError if the engine lacks a primitive that fn uses, InputError if fn or an example is not valid, ShapeError
 *   if an example has no elements
 * @example
 * const { flops, peakBytes } = await costOf((x: NDArray) => square(x), [images]);
 */
export async function costOf(fn: (...args: never[]) => unknown, examples: readonly unknown[]): Promise<GraphCost> {
  checkCompiled("costOf", fn, examples);
  return graphCost(await graphOf(flatten(fn, examples), { standardOnly: false }));
}

/**
 * Writes a pure function of arrays as a standard ONNX model that any runtime can read.
 *
 * @param examples one example for each argument; only its form, shapes and element types are used
 * @param names names of the model's inputs (the leaves of the arguments, in order) and outputs
 * @returns the bytes of the `.onnx` file
 * @throws CompileError if the function uses a primitive that has no ONNX form, InputError if there is not one name for
 *   each array, or two are the same, ShapeError if an example has no elements
 * @example
 * const bytes = await toOnnx((x: NDArray) => mul(x, 0.5), [images], { inputNames: ["image"], outputNames: ["half"] });
 */
export async function toOnnx<Args extends readonly unknown[], Out>(
  fn: (...args: Args) => Out,
  examples: { [K in keyof Args]: Example<Args[K]> },
  names: { inputNames?: readonly string[]; outputNames?: readonly string[] } = {},
): Promise<Uint8Array> {
  checkCompiled("toOnnx", fn, examples);
  checkOptions("toOnnx", names, { inputNames: namesRule, outputNames: namesRule });
  const graph = await graphOf(flatten(fn, examples), { standardOnly: true, ...names });
  return encodeModel(graph, "variational-flow-map");
}
