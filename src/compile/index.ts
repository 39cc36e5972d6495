// One traced function of arrays as a graph for ONNX Runtime or jax-js, and the cache of what is compiled. It knows no
// model; `onnx/` holds the lowering, a file for each group of primitives.
export { compile, compileWith, costOf, liveFunctions, toOnnx } from "./compile.js";
export {
  compileCache,
  type CompileCache,
  type CompileCacheLimits,
  type CompileKey,
  type Disposable,
  disposeCompiled,
  formOf,
  sharedCache,
} from "./compile-cache.js";
export { engineOf, engineRules, type EngineSettings } from "./engine-settings.js";
export { type GraphCost } from "./onnx/graph-cost.js";
export { requireDevice } from "./onnx/device.js";
export { timeWithoutCompiling } from "./compiling-time.js";
export { availableThreads, limitThreads } from "./threads.js";
export { configureWasm, type WasmSettings } from "../platform/index.js";
export * from "./types.js";
