// Functions of traced arrays and of arrays on the host, which borrow their arguments.
// Random numbers come from a seed and a path of names, so that no draw depends on another.
export * from "./activation.js";
export { isTraced } from "./checks.js";
export * from "./comparison.js";
export * from "./conjugate-gradients.js";
export * from "./constant.js";
export { cosineMatrix, cosineTransform, inverseCosineTransform } from "./cosine-transform.js";
export * from "./derivative.js";
export * from "./elementwise.js";
export {
  countElements,
  firstRows,
  hostArray,
  type HostArray,
  hostFull,
  hostType,
  type HostType,
  hostZeros,
  isHostArray,
  mapHostTree,
  namedLeaves,
  sizeOf,
  type Tree,
} from "./host.js";
export * from "./linear-algebra.js";
export { type Binary, type NDArray, type Operand, type Unary } from "./ndarray.js";
export * from "./random.js";
export * from "./reduction.js";
export { filledNormal, inBatches, joinRows, type NormalSource, takeRows } from "./rows.js";
export { type Axis, checkShapes } from "./shape-check.js";
export * from "./shaping.js";
