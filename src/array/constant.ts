import { numpy as np } from "@jax-js/jax";
import { checkShape } from "./checks.js";
import { checkHostArray, type HostArray, hostType, isHostArray, type Tree } from "./host.js";
import { owned } from "./native.js";
import { type NDArray } from "./ndarray.js";

/**
 * A host array as a constant of the function being traced: it is stored in the compiled graph.
 *
 * @throws InputError if an array is not on the host, or does not have as many values as its shape says
 * @example
 * const kernel = constant(hostFull([1, 1, 3, 3], 1 / 9));
 * const blurred = convolve(x, kernel, { padding: 1 });
 */
export function constant(array: HostArray): NDArray {
  checkHostArray("constant", array);
  const dtype = hostType(array) === "int32" ? np.int32 : np.float32;
  return owned(np.array(array.data.slice(), { shape: [...array.shape], dtype }));
}

/**
 * An array of zeros inside a traced function.
 *
 * @throws InputError if the shape is not a list of non-negative lengths
 * @example
 * const imag = zeros(x.shape);
 */
export function zeros(shape: number[]): NDArray {
  checkShape("zeros", shape);
  return owned(np.zeros(shape));
}

/**
 * An array of ones inside a traced function.
 *
 * @throws InputError if the shape is not a list of non-negative lengths
 * @example
 * const times = mul(ones([x.shape[0]]), 0.5); // t = 0.5 for every sample
 */
export function ones(shape: number[]): NDArray {
  checkShape("ones", shape);
  return owned(np.ones(shape));
}

/**
 * Every leaf of a host tree as a constant of the function being traced: parameters that are stored in the graph.
 *
 * @throws InputError if an array is not on the host, or does not have as many values as its shape says
 * @example
 * const u = model.meanVelocity(constantTree(model.parameters.flowMap), x, r, t);
 */
export function constantTree(tree: Tree<HostArray>): Tree<NDArray> {
  if (isHostArray(tree)) return constant(tree);
  const child = ([key, value]: [string, unknown]): [string, Tree<NDArray>] => [
    key,
    constantTree(value as Tree<HostArray>),
  ];
  const entries = Object.entries(tree).map(child);
  return Array.isArray(tree) ? entries.map(([, value]) => value) : Object.fromEntries(entries);
}
