import { type Engine, type Runtime } from "../types.js";
import { startWasm } from "../wasm.js";

let engine: Promise<Engine> | undefined;

/** The browser's: ONNX Runtime for WebAssembly, with threads where the page may share memory. */
export const runtime: Runtime = {
  load: () => (engine ??= startWasm(import("onnxruntime-web/wasm"), runtime.availableThreads())),
  // Threads share memory, which a browser allows only a page that is isolated from other origins.
  availableThreads: () => (globalThis.crossOriginIsolated ? navigator.hardwareConcurrency : 1),
  tryDevice: async () => "in a browser the engine is WebAssembly",
};
