import { type Engine } from "./types.js";

/** Settings of the WebAssembly engine. */
export interface WasmSettings {
  /** The URL of the folder that onnxruntime-web's .wasm and .mjs files are served from; beside its code if not given. */
  files?: string;
  /** Threads; all that `availableThreads` counts if not given. */
  threads?: number;
}

let settings: WasmSettings = {};

/** Sets how ONNX Runtime for WebAssembly is started. To be called before the first function is compiled. */
export function configureWasm(given: WasmSettings): void {
  settings = { ...settings, ...given };
}

/** Starts ONNX Runtime for WebAssembly, from the one of onnxruntime-web's modules that fits the platform. */
export async function startWasm(
  module: Promise<typeof import("onnxruntime-web/wasm")>,
  threads: number,
): Promise<Engine> {
  const { env, InferenceSession, Tensor } = await module;
  env.wasm.numThreads = settings.threads ?? threads;
  if (settings.files !== undefined) env.wasm.wasmPaths = settings.files;
  return { InferenceSession, Tensor, kind: "wasm" };
}
