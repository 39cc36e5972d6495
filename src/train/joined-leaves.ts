import { concatenate, type NDArray, reshape, sizeOf, sliceAxis, type Tree } from "../array/index.js";
import { mapTrees, treeLeaves } from "./trees.js";

/** Larger leaves are not joined: their copies would take twice the memory. */
const largestJoined = 2 ** 16;

/** The leaves of a tree, with all small ones joined into one row, and the large ones. */
export type JoinedLeaves = { small: NDArray[]; large: NDArray[] };

const isSmall = (leaf: NDArray): boolean => sizeOf(leaf.shape) <= largestJoined;

/** A tree's leaves with the small ones joined, so that an elementwise operation takes few calls instead of many. */
export function joinLeaves(tree: Tree<NDArray>): JoinedLeaves {
  const leaves = treeLeaves(tree);
  const small = leaves.filter(isSmall).map((leaf) => reshape(leaf, [-1]));
  return { small: small.length === 0 ? [] : [concatenate(small)], large: leaves.filter((leaf) => !isSmall(leaf)) };
}

/** The tree of `like`'s form with these leaves: the inverse of `joinLeaves`. */
export function separateLeaves<P extends Tree<NDArray>>({ small: [row], large }: JoinedLeaves, like: P): P {
  let start = 0;
  let next = 0;
  return mapTrees((leaf: NDArray) => {
    if (!isSmall(leaf)) return large[next++];
    const stop = start + sizeOf(leaf.shape);
    const part = sliceAxis(row, 0, start, stop);
    start = stop;
    return reshape(part, [...leaf.shape]);
  }, like);
}
