import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { gradient, hostZeros, type NDArray, square, sum } from "../array/index.js";
import { compile } from "./compile.js";

setFlagsFromString("--expose_gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Compiles a gradient, runs it and disposes of it. Returns a weak reference to its traced argument. */
async function compiledAndDisposed(backend: "onnx" | "jax"): Promise<WeakRef<object> | undefined> {
  let traced: WeakRef<object> | undefined;
  const loss = (x: NDArray): NDArray => sum(square(x));
  const ofArgument = (x: NDArray): NDArray => {
    traced = new WeakRef(x);
    return gradient(loss)(x);
  };
  const compiled = await compile(ofArgument, [hostZeros([3])], { backend });
  await compiled.run(hostZeros([3]));
  await compiled.dispose();
  return traced;
}

it.each(["onnx", "jax"] as const)("what was traced of a gradient on %s is not held for good", async (backend) => {
  const traces: (WeakRef<object> | undefined)[] = [];
  for (let i = 0; i < 5; i++) traces.push(await compiledAndDisposed(backend));
  expect(traces).not.toContain(undefined);
  for (let turn = 0; turn < 3; turn++) {
    // A weak reference keeps an object alive, once it was dereferenced, until the next turn of the event loop.
    await new Promise((resolve) => setTimeout(resolve, 0));
    collectGarbage();
  }
  // The last trace may still be in use.
  expect(traces.slice(0, -1).map((traced) => traced?.deref())).toEqual(new Array(4).fill(undefined));
});
