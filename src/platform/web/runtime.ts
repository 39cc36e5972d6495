import { oneAtATime } from "../one-at-a-time.js";
import { type Engine, type Runtime } from "../types.js";
import { wasmSettings } from "../wasm.js";
import { hasPromiseIntegration, tryDevice } from "./device.js";

let engine: Promise<Engine> | undefined;

/** The browser's: ONNX Runtime for WebAssembly, with threads where the page may share memory, and with WebGPU if asked for. */
export const runtime: Runtime = {
  load: () => (engine ??= loadWasm()),
  availableThreads() {
    const { files, threads } = wasmSettings();
    // Threads share memory, which a browser allows only a page that is isolated from other origins.
    return threads ?? (files !== undefined && crossOriginIsolated ? navigator.hardwareConcurrency : 1);
  },
  tryDevice: (device, model) => tryDevice(device, model, runtime.load),
};

async function loadWasm(): Promise<Engine> {
  const { files, webgpu } = wasmSettings();
  // Each build is a chunk of its own in a bundle: only the one that is used is downloaded.
  const { env, InferenceSession, Tensor } =
    webgpu === true && hasPromiseIntegration()
      ? await import("onnxruntime-web/jspi")
      : await import("onnxruntime-web/wasm");
  env.wasm.numThreads = runtime.availableThreads();
  if (files !== undefined) env.wasm.wasmPaths = new URL(files, location.href).href;
  return oneAtATime({ InferenceSession, Tensor, kind: "wasm" });
}
