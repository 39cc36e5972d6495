import { aText, checkOptions, type OptionRules, positiveInteger, trueOrFalse } from "../options.js";

/** Settings of ONNX Runtime for WebAssembly in a browser. */
export interface WasmSettings {
  /**
   * The URL, absolute or relative to the page, of the folder that serves onnxruntime-web's `ort-wasm-simd-threaded.mjs`
   * and `.wasm`. Default: the .wasm file is expected beside the code, and there is one thread, because another thread
   * would run the page's own code again, which contains the engine.
   */
  files?: string | undefined;
  /**
   * Whether to use the build of the engine with WebGPU, for `device: "webgpu"`. The files in `files` are then
   * `ort-wasm-simd-threaded.jspi.mjs` and `.wasm`. That build waits for the GPU by JavaScript Promise Integration; a
   * browser without it always gets the plain build. Default: false.
   */
  webgpu?: boolean | undefined;
  /** Number of threads. Default: the number of processors if the page is isolated from other origins, otherwise one. */
  threads?: number | undefined;
}

const rules: OptionRules<WasmSettings> = { files: aText, webgpu: trueOrFalse, threads: positiveInteger };

let settings: WasmSettings = {};

/**
 * Configures ONNX Runtime for WebAssembly in a browser. It must be called before the first function is compiled.
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

/** The settings from `configureWasm`. */
export function wasmSettings(): WasmSettings {
  return settings;
}
