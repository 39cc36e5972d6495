import { aText, checkOptions, type OptionRules, positiveInteger, trueOrFalse } from "../options.js";

/** Settings of ONNX Runtime for WebAssembly in a browser. */
export interface WasmSettings {
  /**
   * The URL, absolute or relative to the page, of the folder that serves onnxruntime-web's `ort-wasm-simd-threaded.mjs` and
   * `.wasm`. If not given, the .wasm file is looked for beside the code, and there is one thread: a thread would run the
   * page's own code again, which holds the engine.
   */
  files?: string | undefined;
  /**
   * Whether the engine's build is the one that has WebGPU too, for `device: "webgpu"`: the files in `files` are then
   * `ort-wasm-simd-threaded.jspi.mjs` and `.wasm`. A browser without JavaScript Promise Integration, in which that build waits for
   * the GPU, gets the plain build all the same. Default: false.
   */
  webgpu?: boolean | undefined;
  /** Threads; if not given, one a processor where the page is isolated from other origins, else one. */
  threads?: number | undefined;
}

const rules: OptionRules<WasmSettings> = { files: aText, webgpu: trueOrFalse, threads: positiveInteger };

let settings: WasmSettings = {};

/**
 * Says how ONNX Runtime for WebAssembly is started in a browser. To be called before the first function is compiled.
 *
 * @throws InputError naming a setting that is unknown or wrong
 * @example
 * configureWasm({ files: "/onnxruntime/", threads: 4 });
 * const model = await loadModel("https://example.org/checkpoints/mnist");
 */
export function configureWasm(given: WasmSettings): void {
  checkOptions("configureWasm", given, rules);
  settings = { ...settings, ...given };
}

/** What `configureWasm` was given. */
export function wasmSettings(): WasmSettings {
  return settings;
}
