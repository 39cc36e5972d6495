import { type HostArray, type NDArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { type Executor, type FlatFunction, initialiseJax, jaxExecutor } from "./jax.js";
import { onnxExecutor } from "./onnx/executor.js";
import { encodeModel } from "./onnx/encode.js";
import { type Graph } from "./onnx/graph.js";
import { lower, loweredPrimitives } from "./onnx/lower.js";
import { trace } from "./trace.js";
import { checkLeaf, isExampleLeaf, leavesOf, putTogether, specOf, type Structure, takeApart } from "./trees.js";
import { type ArraySpec, type Compiled, type CompileOptions, type Example, type Hosted } from "./types.js";

/** A function of trees seen as a function of flat lists, with what is needed to go back. */
export interface Flattened {
  fn: FlatFunction;
  inputs: { name: string; spec: ArraySpec }[];
  argumentStructure: Structure;
  /** The form of the result; set once `fn` has been traced. */
  resultStructure(): Structure;
  resultNames(): string[];
}

const isTraced = (node: unknown): node is NDArray => typeof node === "object" && node !== null && "aval" in node;

/** Flattens a function's arguments and results. */
export function flatten(fn: (...args: never[]) => unknown, examples: readonly unknown[]): Flattened {
  const [leaves, argumentStructure] = takeApart(examples, isExampleLeaf);
  let result: Structure | undefined;
  let names: string[] = [];
  const traced = <T>(value: T | undefined): T => {
    if (value === undefined) throw new Error("the function has not been traced yet");
    return value;
  };
  return {
    fn: (arrays) => {
      const [outputs, structure] = takeApart(fn(...(putTogether(argumentStructure, arrays) as never[])), isTraced);
      result = structure;
      names = outputs.map(({ name }) => name);
      return outputs.map(({ value }) => value);
    },
    inputs: leaves.map(({ name, value }) => ({ name, spec: specOf(value) })),
    argumentStructure,
    resultStructure: () => traced(result),
    resultNames: () => names,
  };
}

/**
 * Compiles a pure function of arrays for one of the engines.
 *
 * @param fn a function of trees of arrays that returns a tree of arrays
 * @param examples one example an argument; only its form, shapes and element types are read
 * @returns the compiled function, from host arrays to host arrays
 * @throws CompileError if the engine lacks a primitive that fn uses
 * @throws InputError if the device cannot be used on this machine, or the jax engine is given one
 */
export async function compile<Args extends readonly unknown[], Out>(
  fn: (...args: Args) => Out,
  examples: { [K in keyof Args]: Example<Args[K]> },
  options: CompileOptions = {},
): Promise<Compiled<Args, Out>> {
  const flattened = flatten(fn, examples);
  const specs = flattened.inputs.map(({ spec }) => spec);
  const executor = await executorFor(flattened, options);
  return {
    async run(...args) {
      const leaves = leavesOf(flattened.argumentStructure, args).map((leaf, i): HostArray =>
        checkLeaf(leaf, specs[i], flattened.inputs[i].name),
      );
      const outputs = await executor.run(leaves);
      return putTogether(flattened.resultStructure(), outputs) as Hosted<Out>;
    },
    dispose: () => executor.dispose(),
  };
}

async function executorFor(flattened: Flattened, options: CompileOptions): Promise<Executor> {
  const specs = flattened.inputs.map(({ spec }) => spec);
  const { backend, device = "cpu" } = options;
  if (backend === "jax" && device !== "cpu")
    throw new InputError(`--device ${device} is for the onnx engine: the jax engine chooses its own device`);
  if (backend === "jax") return jaxExecutor(flattened.fn, specs);
  return onnxExecutor(await graphOf(flattened, { standardOnly: false }), options);
}

async function graphOf(
  flattened: Flattened,
  options: { standardOnly: boolean; inputNames?: readonly string[]; outputNames?: readonly string[] },
): Promise<Graph> {
  await initialiseJax();
  const specs = flattened.inputs.map(({ spec }) => spec);
  const traced = trace(flattened.fn, specs, loweredPrimitives);
  return lower(traced, {
    standardOnly: options.standardOnly,
    inputNames: options.inputNames ?? flattened.inputs.map(({ name }, i) => `input_${i}_${name}`),
    outputNames: options.outputNames ?? traced.outputs.map((_, i) => `output_${i}`),
  });
}

/**
 * Writes a pure function of arrays as a standard ONNX model that any runtime can read.
 *
 * @param examples one example an argument; only its form, shapes and element types are read
 * @param names names of the model's inputs (the leaves of the arguments in order) and outputs
 * @returns the bytes of the `.onnx` file
 * @throws CompileError if the function uses a primitive that has no ONNX form
 */
export async function toOnnx<Args extends readonly unknown[], Out>(
  fn: (...args: Args) => Out,
  examples: { [K in keyof Args]: Example<Args[K]> },
  names: { inputNames?: readonly string[]; outputNames?: readonly string[] } = {},
): Promise<Uint8Array> {
  const flattened = flatten(fn, examples);
  return encodeModel(await graphOf(flattened, { standardOnly: true, ...names }), "variational-flow-map");
}
