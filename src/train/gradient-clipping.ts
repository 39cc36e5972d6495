import { add, div, minimum, type NDArray, sqrt, square, sum, type Tree } from "../array/index.js";
import { treeLeaves } from "./trees.js";

/** The Euclidean norm of all leaves of a tree, a scalar. */
export function globalNorm(tree: Tree<NDArray>): NDArray {
  const squares = treeLeaves(tree).map((leaf) => sum(square(leaf)));
  return sqrt(squares.reduce((total, next) => add(total, next)));
}

/** The factor min(1, maxNorm / norm) that limits a gradient's global norm. */
export function clipFactor(norm: NDArray, maxNorm: number): NDArray {
  return minimum(div(maxNorm, add(norm, 1e-12)), 1);
}
