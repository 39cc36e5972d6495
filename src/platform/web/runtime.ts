import { oneAtATime } from "../one-at-a-time.js";
import { type Engine, type Runtime } from "../types.js";
import { wasmSettings } from "../wasm.js";

let engine: Promise<Engine> | undefined;

/** The browser's: ONNX Runtime for WebAssembly, with threads where the page may share memory. */
export const runtime: Runtime = {
  load: () => (engine ??= loadWasm()),
  availableThreads() {
    const { files, threads } = wasmSettings();
    // Threads share memory, which a browser allows only a page that is isolated from other origins.
    return threads ?? (files !== undefined && crossOriginIsolated ? navigator.hardwareConcurrency : 1);
  },
  tryDevice: async () => "in a browser the engine is WebAssembly",
};

async function loadWasm(): Promise<Engine> {
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web/wasm");
  const { files } = wasmSettings();
  env.wasm.numThreads = runtime.availableThreads();
  if (files !== undefined) env.wasm.wasmPaths = new URL(files, location.href).href;
  return oneAtATime({ InferenceSession, Tensor, kind: "wasm" });
}
