import { type Device, type Engine } from "../types.js";
import { wasmSettings } from "../wasm.js";

/** The part of WebGPU that is used here; TypeScript's own declarations of browsers lack it. */
interface Gpu {
  requestAdapter(): Promise<object | null>;
}

/** Whether WebAssembly can wait for JavaScript promises, as the engine's build with WebGPU does. */
export function hasPromiseIntegration(): boolean {
  return "Suspending" in WebAssembly;
}

/**
 * Tries a device with a small model.
 *
 * @param load loads the engine
 * @returns the reason why this page cannot use the device, in one line; undefined if it can
 */
export async function tryDevice(
  device: Exclude<Device, "cpu">,
  model: Uint8Array,
  load: () => Promise<Engine>,
): Promise<string | undefined> {
  if (device !== "webgpu") return "in a browser the engine has WebAssembly and WebGPU";
  if (wasmSettings().webgpu !== true)
    return "the engine's build with WebGPU was not chosen: configureWasm({ webgpu: true })";
  if (!("gpu" in navigator))
    return isSecureContext ? "this browser has no WebGPU" : "a browser has WebGPU only for pages that come by https";
  if (!hasPromiseIntegration()) return "this browser's WebAssembly has no JavaScript Promise Integration";
  const adapter = await (navigator.gpu as Gpu).requestAdapter().catch(() => null);
  if (adapter === null) return "WebGPU finds no graphics adapter";
  const { InferenceSession } = await load();
  return InferenceSession.create(model, { executionProviders: [device] }).then(
    async (session) => {
      await session.release();
      return undefined;
    },
    (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0],
  );
}
