import { expect, it } from "vitest";
import { mixedCall, mixedModel } from "../benchmarks/mixed-calls.js";
import { samplerEngine } from "../src/baselines/index.js";
import { disposeCompiled, liveFunctions } from "../src/compile/index.js";

// `npm run bench -- memory` makes 10,000 of these calls and measures the memory itself.
it("many different calls keep no more compiled functions than the caches' limits, and leave none", async () => {
  const before = liveFunctions();
  const model = mixedModel();
  const engine = samplerEngine();
  const kept: number[] = [];
  for (let call = 1; call <= 120; call++) {
    await mixedCall(model, engine, call);
    kept.push(liveFunctions() - before);
  }
  // The shared cache and the engine's own keep 32 each; a chain's compiled parts count as several.
  expect(Math.max(...kept)).toBeLessThanOrEqual(2 * 32 * 3);
  expect(Math.max(...kept.slice(80))).toBeLessThanOrEqual(Math.max(...kept.slice(0, 80)));
  await engine.dispose();
  await disposeCompiled();
  expect(liveFunctions()).toBe(before);
});
