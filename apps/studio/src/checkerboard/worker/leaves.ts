import { type HostArray, isHostArray, namedLeaves, type NDArray, type Tree } from "variational-flow-maps/array";

/** The arrays of a tree of parameters in their order: arguments of a compiled function. */
export function leavesOf(parameters: Tree<HostArray>): HostArray[] {
  return namedLeaves(parameters).map(({ array }) => array);
}

/** The tree of this form with traced arrays in its arrays' places, in the order of `leavesOf`. */
export function treeOf(form: Tree<HostArray>, leaves: readonly NDArray[]): Tree<NDArray> {
  const rest = leaves.values();
  const fill = (node: Tree<HostArray>): Tree<NDArray> => {
    if (isHostArray(node)) return rest.next().value as NDArray;
    if (Array.isArray(node)) return node.map(fill);
    return Object.fromEntries(Object.entries(node).map(([key, child]) => [key, fill(child)]));
  };
  return fill(form);
}
