/** What samples are computed with. */
export type EngineName = "webgpu" | "wasm";

/** The engine that a worker uses. */
export interface EngineChoice {
  readonly name: EngineName;
  /** Why it is not the requested engine, in one sentence. */
  readonly note?: string | undefined;
}

/** The part of WebGPU that is used here; TypeScript's own declarations of browsers lack it. */
interface Adapter {
  readonly isFallbackAdapter?: boolean;
  readonly info?: { readonly isFallbackAdapter?: boolean };
}

/**
 * Chooses WebGPU if there is a graphics card, else WebAssembly: WebGPU in software is slower than both.
 *
 * @param wanted the requested engine, if there is one; a requested WebGPU is used in software too
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
  if (gpu === undefined) return "this browser does not have it, or offers it on https pages only";
  if (!("Suspending" in WebAssembly))
    return "this browser's WebAssembly cannot wait for it (JavaScript Promise Integration)";
  return (await gpu.requestAdapter().catch(() => null)) ?? "this browser finds no graphics adapter";
}
