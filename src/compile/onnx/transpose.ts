import { type GraphBuilder, type Tensor } from "./graph.js";

/**
 * `tensor` with its axes in another order, by the operators that the engine runs fastest.
 *
 * A general Transpose is slow where k x k patches are moved into channels or back, [n, h, k, w, k] <-> [n, k, k, h, w],
 * because it copies number by number.
 */
export function transposeTensor(graph: GraphBuilder, tensor: Tensor, order: readonly number[]): Tensor {
  const { shape, order: merged } = mergeNeighbours(tensor.shape, order);
  const result = order.map((axis) => tensor.shape[axis]);
  const source = graph.reshape(tensor, shape);
  const [n, a, b, c, d] = shape;
  // The engine has SpaceToDepth of no other type.
  if (merged.join() === "0,2,4,1,3" && b === d && tensor.type === "float32") {
    const depth = graph.add("SpaceToDepth", [graph.reshape(tensor, [n, 1, a * b, c * d])], [n, b * d, a, c], {
      attributes: { blocksize: { int: b } },
    });
    return graph.reshape(depth, result);
  }
  if (merged.join() === "0,3,1,4,2") {
    const columns = graph.transpose(graph.reshape(tensor, [n * a, b, c * d]), [0, 2, 1]);
    const rows = graph.transpose(graph.reshape(columns, [n, a, c, d * b]), [0, 2, 1, 3]);
    return graph.reshape(rows, result);
  }
  return graph.reshape(graph.transpose(source, merged), result);
}

/** Merges axes that stay neighbours in the new order. */
function mergeNeighbours(
  shape: readonly number[],
  order: readonly number[],
): { shape: readonly number[]; order: readonly number[] } {
  const runs: number[][] = [];
  for (const axis of order) {
    const run = runs.at(-1);
    if (run?.at(-1) === axis - 1) run.push(axis);
    else runs.push([axis]);
  }
  const stored = runs.toSorted(([a], [b]) => a - b);
  return {
    shape: stored.map((run) => run.reduce((size, axis) => size * shape[axis], 1)),
    order: runs.map((run) => stored.indexOf(run)),
  };
}
