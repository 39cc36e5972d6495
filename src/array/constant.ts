import { numpy as np } from "@jax-js/jax";
import { type HostArray, hostType } from "./host.js";
import { type NDArray } from "./ndarray.js";

/** A host array as a constant of the function being traced: it is stored in the compiled graph. */
export function constant(array: HostArray): NDArray {
  return np.array(array.data.slice() as Float32Array<ArrayBuffer>, {
    shape: [...array.shape],
    dtype: hostType(array) === "int32" ? np.int32 : np.float32,
  });
}

/** An array of zeros inside a traced function. */
export function zeros(shape: number[]): NDArray {
  return np.zeros(shape);
}

/** An array of ones inside a traced function. */
export function ones(shape: number[]): NDArray {
  return np.ones(shape);
}
