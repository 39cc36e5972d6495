import * as jax from "@jax-js/jax";
import { type Executor } from "../platform/index.js";
import { CompileError } from "../errors.js";
import { forgettingTraces } from "./forget-trace.js";
import { type FlatFunction } from "./trees.js";
import { type ArraySpec } from "./types.js";

let ready: Promise<unknown> | undefined;

/**
 * Starts jax-js once, on WebAssembly, because tracing reads constants synchronously, which a GPU in a browser does not
 * allow.
 */
export async function initialiseJax(): Promise<void> {
  ready ??= jax.init("wasm").then(() => jax.defaultDevice("wasm"));
  try {
    await ready;
  } catch (error) {
    // Lets the next call try again.
    ready = undefined;
    throw error;
  }
}

/** The same function on jax-js's own array type. */
export function asNative(fn: FlatFunction): (leaves: jax.Array[]) => jax.Array[] {
  return fn as unknown as (leaves: jax.Array[]) => jax.Array[];
}

/** Compiles a flat function with jax-js's own just-in-time compiler. */
export async function jaxExecutor(fn: FlatFunction, specs: readonly ArraySpec[]): Promise<Executor> {
  await initialiseJax();
  const traced = forgettingTraces(fn);
  const compiled = jax.jit(asNative(traced.fn));
  return {
    async run(leaves) {
      const inputs = leaves.map((leaf, i) =>
        jax.numpy.array(leaf.data as Float32Array<ArrayBuffer>, {
          shape: [...leaf.shape],
          dtype: specs[i].type === "int32" ? jax.numpy.int32 : jax.numpy.float32,
        }),
      );
      const outputs = ofEngine(() => compiled(inputs));
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

/** Runs a call of the engine. A failure to compile becomes a CompileError that names the other engine. */
function ofEngine<Result>(run: () => Result): Result {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith("jit: ")) throw error;
    throw new CompileError(
      `the jax engine cannot run this function (${error.message.slice(5)}): use { backend: "onnx" }`,
      { cause: error },
    );
  }
}
