export { compile, compileWith, costOf, toOnnx } from "./compile.js";
export { type GraphCost } from "./onnx/graph-cost.js";
export { requireDevice } from "./onnx/device.js";
export * from "./types.js";
