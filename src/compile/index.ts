// Compiles a traced function of arrays to a graph for ONNX Runtime or jax-js, with a cache of compiled functions.
// Nothing here knows a model; `onnx/` has the lowering, one file for each group of primitives.
export { compile, compileTrees, compileWith, liveFunctions } from "./compile.js";
export { costOf, toOnnx } from "./to-onnx.js";
export {
  compileCache,
  type CompileCache,
  type CompileCacheLimits,
  type CompileKey,
  type Disposable,
  disposeCompiled,
  formOf,
  ownerOf,
  sharedCache,
} from "./compile-cache.js";
export { engineOf, engineRules, type EngineSettings } from "./engine-settings.js";
export { type GraphCost } from "./onnx/graph-cost.js";
export { requireDevice } from "./onnx/device.js";
export { timeWithoutCompiling } from "./compiling-time.js";
export { availableThreads, limitThreads } from "./threads.js";
export { configureWasm, type WasmSettings } from "../platform/index.js";
export * from "./types.js";
