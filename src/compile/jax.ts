import * as jax from "@jax-js/jax";
import { type HostArray, type NDArray } from "../array/index.js";
import { forgettingTraces } from "./forget-trace.js";
import { type ArraySpec } from "./types.js";

let ready: Promise<unknown> | undefined;

/** Starts jax-js once: WebGPU and Wasm in a browser, Wasm in Node (which has no `navigator`). */
export async function initialiseJax(): Promise<void> {
  ready ??= (typeof navigator !== "undefined" && "gpu" in navigator ? jax.init() : jax.init("wasm")).then((devices) =>
    jax.defaultDevice(devices.includes("webgpu") ? "webgpu" : "wasm"),
  );
  try {
    await ready;
  } catch (error) {
    // The next call tries again.
    ready = undefined;
    throw error;
  }
}

/** A function on flat lists of arrays, before compilation. */
export type FlatFunction = (leaves: NDArray[]) => NDArray[];

/** A function on flat lists of host arrays, after compilation. */
export interface Executor {
  run(leaves: HostArray[]): Promise<HostArray[]>;
  /** Bytes of the constants that it holds, where they are known. */
  readonly bytes: number;
  dispose(): Promise<void>;
}

/** Compiles a flat function with jax-js's own just-in-time compiler. */
export async function jaxExecutor(fn: FlatFunction, specs: readonly ArraySpec[]): Promise<Executor> {
  await initialiseJax();
  const traced = forgettingTraces(fn);
  const compiled = jax.jit((leaves: NDArray[]) => traced.fn(leaves));
  return {
    async run(leaves) {
      const inputs = leaves.map((leaf, i) =>
        jax.numpy.array(leaf.data as Float32Array<ArrayBuffer>, {
          shape: [...leaf.shape],
          dtype: specs[i].type === "int32" ? jax.numpy.int32 : jax.numpy.float32,
        }),
      );
      const outputs = compiled(inputs);
      traced.forget();
      return Promise.all(
        outputs.map(async (output) => {
          const shape = [...output.shape];
          const data = (await output.data()) as Float32Array | Int32Array;
          return { shape, data: data instanceof Int32Array ? data : Float32Array.from(data) };
        }),
      );
    },
    bytes: 0,
    async dispose() {
      compiled.dispose();
    },
  };
}
