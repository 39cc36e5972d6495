import {
  constantTree,
  countElements,
  type HostArray,
  isHostArray,
  namedLeaves,
  type NDArray,
  type Tree,
} from "../array/index.js";

/** Networks of more parameters are inputs of the compiled sampler, not part of it: their graph would hold them again. */
const largestConstant = 2 ** 26;

/** A network's parameters for a compiled function. */
export interface HeldParameters {
  /** What the compiled function is given besides its own arguments. */
  readonly inputs: readonly HostArray[];
  /** The parameters inside the function, from what it was given. */
  bind(given: readonly NDArray[]): Tree<NDArray>;
}

/** Parameters as constants of the graph, which the engine prepares once; or as its inputs, if they are large. */
export function holdParameters(parameters: Tree<HostArray>): HeldParameters {
  if (countElements(parameters) <= largestConstant) return { inputs: [], bind: () => constantTree(parameters) };
  return {
    inputs: namedLeaves(parameters).map(({ array }) => array),
    bind: (given) => replaceLeaves(parameters, given.values()),
  };
}

/** A tree of the same form with the given leaves, in the order of `namedLeaves`. */
function replaceLeaves(tree: Tree<HostArray>, leaves: Iterator<NDArray>): Tree<NDArray> {
  if (isHostArray(tree)) return leaves.next().value as NDArray;
  const entries = Object.entries(tree).map(([key, child]): [string, Tree<NDArray>] => [
    key,
    replaceLeaves(child, leaves),
  ]);
  return Array.isArray(tree) ? entries.map(([, child]) => child) : Object.fromEntries(entries);
}
