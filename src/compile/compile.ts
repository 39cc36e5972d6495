import { checkOptions, numberFrom, type OptionRules, positiveInteger, trueOrFalse } from "../options.js";
import { engineRules } from "./engine-settings.js";
import { countElements, type HostArray, isHostArray, namedLeaves, type NDArray, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { type Executor } from "../platform/index.js";
import { countAsCompiling } from "./compiling-time.js";
import { checkCompiled, flatten, type Flattened } from "./flatten.js";
import { graphOf } from "./graph-of.js";
import { jaxExecutor } from "./jax.js";
import { blockedChannels } from "./onnx/blocked-channels.js";
import { encodeGraph, onnxExecutor } from "./onnx/executor.js";
import { replicatedExecutor } from "./onnx/replicas.js";
import { checkLeaf, leavesOf, putTogether, specOf } from "./trees.js";
import { type Compiled, type CompileOptions, type Example, type Hosted } from "./types.js";

const compileRules: OptionRules<CompileOptions> = {
  ...engineRules,
  reuseOutputs: trueOrFalse,
  replicas: positiveInteger,
};
/**
 * Compiles a pure function of arrays for one of the engines.
 *
 * @param fn a function of trees of arrays that returns a tree of arrays
 * @param examples one example for each argument; only its form, shapes and element types are used
 * @returns the compiled function, from host arrays to host arrays
 * @throws CompileError if the engine lacks a primitive that fn uses; ShapeError if an example has no elements
 * @throws InputError if the device cannot be used on this machine, or the jax engine is given one
 * @example
 * const energy = await compile((x: NDArray) => sumPerSample(square(x)), [images]);
 * const { data } = await energy.run(images); // one number for each image
 * await energy.dispose();
 */
export async function compile<Args extends readonly unknown[], Out>(
  fn: (...args: Args) => Out,
  examples: { [K in keyof Args]: Example<Args[K]> },
  options: CompileOptions = {},
): Promise<Compiled<Args, Out>> {
  checkCompiled("compile", fn, examples);
  checkOptions("compile", options, compileRules);
  return compileFlattened(flatten(fn, examples), options);
}

/**
 * `compile` for functions whose trees are known only at run time. Untyped on purpose: the tree type is recursive, so its
 * `Example` would be infinite.
 */
export const compileTrees = compile as unknown as (
  fn: (...args: never[]) => unknown,
  examples: readonly unknown[],
  options?: CompileOptions,
) => Promise<{ run(...args: unknown[]): Promise<unknown>; dispose(): Promise<void> }>;

/**
 * Compiles a pure function of constant parameters and other arrays. Parameters become constants of the graph, which the
 * engine prepares once. Of networks with more than `largestConstant` parameters (default: 2^26) only arrays that
 * are no matrices become constants; the matrices are passed to every run without a copy, and are in memory once.
 *
 * @param parameters the parameters, which must not be changed afterwards
 * @param fn a function of the parameters' tree and of further trees of arrays
 * @param examples one example for each further argument
 * @throws CompileError, InputError, ShapeError as `compile` does; ShapeError if a parameter's data do not fill its shape
 * @example
 * const { parameters, meanVelocity } = model;
 * const times = { shape: [images.shape[0]], type: "float32" } as const;
 * const u = await compileWith(
 *   parameters.flowMap,
 *   (tree, x: NDArray, r: NDArray, t: NDArray) => meanVelocity(tree, x, r, t),
 *   [images, times, times],
 * );
 */
export async function compileWith<Args extends readonly unknown[], Out>(
  parameters: Tree<HostArray>,
  fn: (parameters: Tree<NDArray>, ...args: Args) => Out,
  examples: { [K in keyof Args]: Example<Args[K]> },
  options: CompileOptions & { largestConstant?: number } = {},
): Promise<Compiled<Args, Out>> {
  checkCompiled("compileWith", fn, examples);
  checkOptions("compileWith", options, { ...compileRules, largestConstant: numberFrom(0) });
  const leaves = namedLeaves(parameters).map(({ array, name }) => checkLeaf(array, specOf(array), name));
  const flattened = flatten(
    (given: NDArray[], ...args: Args) => fn(withLeaves(parameters, given.values()), ...args),
    [leaves, ...examples],
  );
  const total = countElements(parameters);
  const constants = leaves.map(
    ({ shape }) => total <= (options.largestConstant ?? largestConstant) || shape.length !== 2,
  );
  return compileFlattened(flattened, options, { leaves, constants });
}

/** Larger networks are not stored in their graph, where the engine would keep a second copy. */
const largestConstant = 2 ** 26;

/**
 * Arrays that are passed to every run as the first leaves of its arguments, and which of them are constants of the
 * graph.
 */
interface HeldArrays {
  leaves: readonly HostArray[];
  constants: readonly boolean[];
}

async function compileFlattened<Args extends readonly unknown[], Out>(
  flattened: Flattened,
  options: CompileOptions,
  held?: HeldArrays,
): Promise<Compiled<Args, Out>> {
  const specs = flattened.inputs.map(({ spec }) => spec);
  const executor = await countAsCompiling(() => executorFor(flattened, options, held));
  live++;
  const running = new Set<Promise<unknown>>();
  let disposal: Promise<void> | undefined;
  const dispose = async (): Promise<void> => {
    live--;
    await Promise.allSettled(running);
    await executor.dispose();
  };
  const parameters = held?.leaves ?? [];
  // Constants are not inputs of the onnx engine's graph.
  const given = parameters.filter((_, i) => options.backend === "jax" || held?.constants[i] !== true);
  const count = parameters.length;
  return {
    async run(...args) {
      if (disposal !== undefined)
        throw new InputError("a compiled function is run after its dispose: compile it again");
      const all = leavesOf(flattened.argumentStructure, held === undefined ? args : [parameters, ...args]).slice(count);
      const leaves = all.map((leaf, i) => checkLeaf(leaf, specs[count + i], flattened.inputs[count + i].name));
      const run = executor.run([...given, ...leaves]);
      running.add(run);
      try {
        const outputs = await run;
        return putTogether(flattened.resultStructure(), outputs) as Hosted<Out>;
      } finally {
        running.delete(run);
      }
    },
    bytes: given.reduce((sum, { data }) => sum + data.byteLength, executor.bytes),
    dispose: () => (disposal ??= dispose()),
  };
}

let live = 0;

/** Number of functions that were compiled and not disposed of. */
export function liveFunctions(): number {
  return live;
}

async function executorFor(
  flattened: Flattened,
  options: CompileOptions,
  held: HeldArrays | undefined,
): Promise<Executor> {
  const specs = flattened.inputs.map(({ spec }) => spec);
  const { backend, device = "cpu" } = options;
  if (backend === "jax" && device !== "cpu")
    throw new InputError(
      `compile: device is "${device}", but the jax engine chooses its own: leave it out, or use onnx`,
    );
  if (backend === "jax") return jaxExecutor(flattened.fn, specs);
  const constants = new Map(held?.leaves.map((array, i) => [i, array] as const).filter(([i]) => held.constants[i]));
  const graph = encodeGraph(
    await graphOf(flattened, {
      // Nonstandard operators are missing on WebGPU, and moving data to the processor and back is slow.
      standardOnly: device === "webgpu",
      constants,
      ...(device === "cpu" && { blockedChannels: await blockedChannels() }),
    }),
  );
  const { replicas = 1 } = options;
  return replicas > 1 && device === "cpu" ? replicatedExecutor(graph, replicas, options) : onnxExecutor(graph, options);
}

/** A tree of the same form with the given leaves, in the order of `namedLeaves`. */
function withLeaves(tree: Tree<HostArray>, leaves: Iterator<NDArray>): Tree<NDArray> {
  if (isHostArray(tree)) return leaves.next().value as NDArray;
  const entries = Object.entries(tree).map(([key, child]): [string, Tree<NDArray>] => [key, withLeaves(child, leaves)]);
  return Array.isArray(tree) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}
