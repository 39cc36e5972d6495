import { availableParallelism } from "node:os";
import { type Engine, type Runtime } from "../types.js";
import { tryDevice } from "./device.js";
import { oneAtATime } from "../one-at-a-time.js";
import { loadNative } from "./native.js";

// ONNX Runtime would send telemetry to its maker and keep it in the user's home folder. It reads this when it is loaded.
process.env.ORT_DISABLE_TELEMETRY ??= "1";

let engine: Promise<Engine> | undefined;

/** Node's implementation: the native ONNX Runtime, or the one for WebAssembly if the native one is not installed. */
export const runtime: Runtime = {
  load: () => (engine ??= loadNative().catch(loadWasm)),
  availableThreads: availableParallelism,
  tryDevice,
};

async function loadWasm(failure: unknown): Promise<Engine> {
  const { code, message } = failure as NodeJS.ErrnoException;
  const reason = code === "ERR_MODULE_NOT_FOUND" ? "is not installed" : `cannot be loaded (${message.split("\n")[0]})`;
  process.stderr.write(
    `onnxruntime-node ${reason}: running on WebAssembly, which is slower; ` +
      "npm install --ignore-scripts onnxruntime-node installs the native engine\n",
  );
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web");
  env.wasm.numThreads = availableParallelism();
  // Starting it, for which an empty model is enough, leaves a global Worker behind, which would make jax-js take Node
  // for a browser.
  await InferenceSession.create(new Uint8Array()).catch(() => undefined);
  Reflect.deleteProperty(globalThis, "Worker");
  return oneAtATime({ InferenceSession, Tensor, kind: "wasm" });
}
