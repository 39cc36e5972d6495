import { isTraced, type NDArray, type Tree } from "../array/index.js";

/** The leaves of a tree of traced arrays, in the order of the tree's keys. */
export function treeLeaves(tree: Tree<NDArray>): NDArray[] {
  return isTraced(tree) ? [tree] : Object.values(tree).flatMap((child) => treeLeaves(child));
}

/** A tree of the first tree's form, whose leaves are `fn` of the corresponding leaves of all trees. */
export function mapTrees<P extends Tree<NDArray>>(fn: (...leaves: NDArray[]) => NDArray, ...trees: P[]): P {
  const [first] = trees;
  if (isTraced(first)) return fn(...(trees as unknown as NDArray[])) as P;
  const child = (key: string): Tree<NDArray> =>
    mapTrees(fn, ...trees.map((tree) => (tree as unknown as Record<string, Tree<NDArray>>)[key]));
  const keys = Object.keys(first);
  return (Array.isArray(first) ? keys.map(child) : Object.fromEntries(keys.map((key) => [key, child(key)]))) as P;
}
