import { setImmediate } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { mixedCall, mixedModel } from "../benchmarks/mixed-calls.js";
import { samplerEngine } from "../src/baselines/index.js";
import { disposeCompiled, liveFunctions } from "../src/compile/index.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** The bytes of JavaScript's objects and arrays that something still refers to. */
async function bytesInUse(): Promise<number> {
  // What finalisers release is only collected the next time.
  for (let round = 0; round < 3; round++) {
    await setImmediate();
    collectGarbage();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

// `npm run bench -- memory` makes 10,000 of these calls and measures the whole process, with the engine's own memory.
it("many different calls keep no more functions than the caches' limits and no more memory, and leave none", async () => {
  const before = liveFunctions();
  const model = mixedModel();
  const engine = samplerEngine();
  const kept: number[] = [];
  const bytes = new Map<number, number>();
  for (let call = 1; call <= 360; call++) {
    await mixedCall(model, engine, call);
    kept.push(liveFunctions() - before);
    if (call % 120 === 0) bytes.set(call, await bytesInUse());
  }
  // The shared cache and the engine's own keep 32 each; a chain's compiled parts count as several.
  expect(Math.max(...kept)).toBeLessThanOrEqual(2 * 32 * 3);
  expect(Math.max(...kept.slice(80))).toBeLessThanOrEqual(Math.max(...kept.slice(0, 80)));
  // With full caches, 240 calls were measured to add .24 to .34 MB, 1.7 MB where each kept its compiled function.
  expect((bytes.get(360) ?? Infinity) - (bytes.get(120) ?? 0)).toBeLessThan(2 ** 20);
  await engine.dispose();
  await disposeCompiled();
  expect(liveFunctions()).toBe(before);
});
