import { availableParallelism } from "node:os";
import { type Engine, type Runtime } from "../types.js";
import { startWasm } from "../wasm.js";
import { tryDevice } from "./device.js";
import { loadNative } from "./native.js";

let engine: Promise<Engine> | undefined;

/** Node's: the native ONNX Runtime, or the one for WebAssembly where the native one is not installed. */
export const runtime: Runtime = {
  load: () => (engine ??= loadNative().catch(fallBack)),
  availableThreads: availableParallelism,
  tryDevice,
};

function fallBack(error: unknown): Promise<Engine> {
  const [reason] = (error instanceof Error ? error.message : String(error)).split("\n");
  process.stderr.write(
    `onnxruntime-node cannot be loaded (${reason}): running on WebAssembly, which is slower; ` +
      "npm install onnxruntime-node makes it fast\n",
  );
  return startWasm(import("onnxruntime-web"), availableParallelism());
}
