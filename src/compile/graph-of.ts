import { type HostArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { shown } from "../options.js";
import { type Flattened } from "./flatten.js";
import { initialiseJax } from "./jax.js";
import { type Graph } from "./onnx/graph.js";
import { lower, loweredPrimitives } from "./onnx/lower.js";
import { trace } from "./trace.js";

/**
 * Traces a flat function and lowers it to a graph. `constants` are the inputs that become constants of the graph, by
 * index.
 *
 * @throws CompileError if the onnx engine lacks a primitive that the function uses, InputError if the names of inputs
 *   and outputs are not one for each and all different
 */
export async function graphOf(
  flattened: Flattened,
  options: {
    standardOnly: boolean;
    blockedChannels?: number | undefined;
    constants?: ReadonlyMap<number, HostArray>;
    inputNames?: readonly string[];
    outputNames?: readonly string[];
  },
): Promise<Graph> {
  await initialiseJax();
  const specs = flattened.inputs.map(({ spec }) => spec);
  requireNames("inputNames", options.inputNames, specs.length);
  const traced = trace(flattened.fn, specs, loweredPrimitives);
  requireNames("outputNames", options.outputNames, traced.outputs.length);
  const inputNames = options.inputNames ?? flattened.inputs.map(({ name }, i) => `input_${i}_${name}`);
  const outputNames = options.outputNames ?? traced.outputs.map((_, i) => `output_${i}`);
  requireDifferent([...inputNames, ...outputNames]);
  return lower(traced, {
    standardOnly: options.standardOnly,
    blockedChannels: options.blockedChannels,
    ...(options.constants && { constants: options.constants }),
    inputNames,
    outputNames,
  });
}

/** Throws InputError unless there is a name for each array, or no names. */
function requireNames(option: string, names: readonly string[] | undefined, arrays: number): void {
  if (names !== undefined && names.length !== arrays)
    throw new InputError(`toOnnx: ${option} has ${names.length} names for ${arrays} arrays: give one each`);
}

/** Throws InputError if a name occurs twice. */
function requireDifferent(names: readonly string[]): void {
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new InputError(`toOnnx: two inputs or outputs are named ${shown(twice)}: give each a name of its own`);
}
