import { mul, type NDArray } from "variational-flow-maps/array";
import { availableThreads, compile, configureWasm, type Device, requireDevice } from "variational-flow-maps/compile";
import { cachedFetch, type CachedFetch } from "./cached-fetch.js";
import { chooseEngine, type EngineChoice, type EngineName } from "./choose-engine.js";
import { loadManifest, type Manifest } from "../site/index.js";

/** The files of ONNX Runtime by engine, in the site. */
export const engineFiles: Readonly<Record<EngineName, readonly string[]>> = {
  wasm: ["ort/ort-wasm-simd-threaded.mjs", "ort/ort-wasm-simd-threaded.wasm"],
  webgpu: ["ort/ort-wasm-simd-threaded.jspi.mjs", "ort/ort-wasm-simd-threaded.jspi.wasm"],
};

// Small networks gain nothing from more.
const mostThreads = 4;

/** What a worker computes with. */
export interface EngineFacts extends EngineChoice {
  readonly device: Device;
  /** Threads of WebAssembly: one where the page may not share memory. */
  readonly threads: number;
}

/** A worker that can compute. */
export interface Engine {
  readonly site: string;
  readonly manifest: Manifest;
  readonly files: CachedFetch;
  /** Paths of the engine's files. */
  readonly paths: readonly string[];
  /** Loads the engine ahead of its first use; on WebAssembly if WebGPU fails. */
  load(): Promise<EngineFacts>;
}

let engine: Promise<Engine> | undefined;

/**
 * Makes a worker ready to compute: loads the manifest, chooses the engine, and gives the library and ONNX Runtime,
 * which fetch by themselves, a `fetch` that keeps files for the next visit. Starts once; later calls give the same
 * engine, or the same failure: ONNX Runtime does not start a second time in one worker, so whoever tries again needs a
 * new worker.
 *
 * @param site the site's folder, as the page sees it
 * @param wanted the engine that is asked for
 */
export function startEngine(site: string, wanted?: string): Promise<Engine> {
  return (engine ??= start(site, wanted));
}

async function start(site: string, wanted: string | undefined): Promise<Engine> {
  const [manifest, choice] = await Promise.all([loadManifest(site), chooseEngine(wanted)]);
  const files = await cachedFetch(site, manifest);
  globalThis.fetch = files.fetch;
  const threads = crossOriginIsolated ? Math.min(mostThreads, navigator.hardwareConcurrency) : 1;
  configureWasm({ files: `${site}ort/`, threads, webgpu: choice.name === "webgpu" });
  let loading: Promise<EngineFacts> | undefined;
  return { site, manifest, files, paths: engineFiles[choice.name], load: () => (loading ??= load(choice)) };
}

async function load(choice: EngineChoice): Promise<EngineFacts> {
  if (choice.name === "webgpu")
    try {
      await requireDevice("webgpu");
      return { ...choice, device: "webgpu", threads: availableThreads() };
    } catch (error) {
      configureWasm({ webgpu: false });
      return load({ name: "wasm", note: `WebGPU failed: ${error instanceof Error ? error.message : String(error)}.` });
    }
  // The smallest function starts all of the engine.
  const twice = await compile((x: NDArray) => mul(x, 2), [{ shape: [1], type: "float32" }]);
  await twice.dispose();
  return { ...choice, device: "cpu", threads: availableThreads() };
}
