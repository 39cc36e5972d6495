export { compile, toOnnx } from "./compile.js";
export { requireDevice } from "./onnx/device.js";
export * from "./types.js";
