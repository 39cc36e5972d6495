/** What samples are computed with. */
export type EngineName = "webgpu" | "wasm";

/** The engine that a worker uses. */
export interface EngineChoice {
  readonly name: EngineName;
  /** Why it is not the one that was asked for, in one sentence. */
  readonly note?: string | undefined;
}

/** What is asked of WebGPU here; TypeScript's own declarations of browsers lack it. */
interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly isFallbackAdapter?: boolean };
}

/**
 * Chooses WebGPU where a graphics card answers, else WebAssembly: WebGPU in software is slower than both.
 *
 * @param wanted the engine that is asked for, if one is; WebGPU is then used in software too
 */
export async function chooseEngine(wanted?: string): Promise<EngineChoice> {
  if (wanted === "wasm") return { name: "wasm" };
  const found = await findAdapter();
  if (wanted === "webgpu")
    return typeof found === "string" ? { name: "wasm", note: `WebGPU cannot be used: ${found}.` } : { name: "webgpu" };
  const isHardware =
    typeof found !== "string" && found.isFallbackAdapter !== true && found.info?.isFallbackAdapter !== true;
  return {
    name: isHardware ? "webgpu" : "wasm",
    ...(wanted !== undefined && { note: `There is no engine “${wanted}”: choose webgpu or wasm.` }),
  };
}

/** The adapter that WebGPU computes on, or what is missing. */
async function findAdapter(): Promise<Adapter | string> {
  const { gpu } = navigator as { gpu?: { requestAdapter(): Promise<Adapter | null> } };
  if (gpu === undefined) return "this browser has none, or none for a page that does not come by https";
  if (!("Suspending" in WebAssembly))
    return "this browser's WebAssembly cannot wait for it (JavaScript Promise Integration)";
  return (await gpu.requestAdapter().catch(() => null)) ?? "this browser finds no graphics adapter";
}
