import { oneAtATime } from "../one-at-a-time.js";
import { type Engine, type Runtime } from "../types.js";
import { wasmSettings } from "../wasm.js";
import { hasPromiseIntegration, tryDevice } from "./device.js";

/** The loaded builds, by whether they have WebGPU. */
const engines = new Map<boolean, Promise<Engine>>();

/**
 * The browser's implementation: ONNX Runtime for WebAssembly, with threads if the page may share memory, and with
 * WebGPU if requested.
 */
export const runtime: Runtime = {
  load() {
    const webgpu = wasmSettings().webgpu === true && hasPromiseIntegration();
    const known = engines.get(webgpu);
    if (known !== undefined) return known;
    const engine = loadWasm(webgpu);
    engines.set(webgpu, engine);
    // Lets the next call try again.
    engine.catch(() => engines.delete(webgpu));
    return engine;
  },
  availableThreads() {
    const { files, threads } = wasmSettings();
    // Threads share memory, which a browser allows only in pages that are isolated from other origins.
    return threads ?? (files !== undefined && crossOriginIsolated ? navigator.hardwareConcurrency : 1);
  },
  tryDevice: (device, model) => tryDevice(device, model, runtime.load),
};

async function loadWasm(webgpu: boolean): Promise<Engine> {
  const { files } = wasmSettings();
  // Each build is a separate chunk of a bundle, so that only the one in use is downloaded.
  const { env, InferenceSession, Tensor } = await (webgpu
    ? import("onnxruntime-web/jspi")
    : import("onnxruntime-web/wasm"));
  env.wasm.numThreads = runtime.availableThreads();
  if (files !== undefined) env.wasm.wasmPaths = new URL(files, location.href).href;
  return oneAtATime({ InferenceSession, Tensor, kind: "wasm" });
}
