import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, viewOf } from "./address.js";
import { firstView, isSeed, mostSeed, nextSeed, type View } from "./view.js";

const integer = (low: number, high: number) => fc.integer({ min: low, max: high });

const views: fc.Arbitrary<View> = fc.record({
  model: fc.constantFrom("mnist", "fashion-mnist"),
  problem: fc.constantFrom("denoise", "motion-blur"),
  image: fc.oneof(
    fc.record({ kind: fc.constant("held-out" as const), index: integer(0, 39) }),
    fc.record({
      kind: fc.constant("drawn" as const),
      levels: fc.uint8Array({ minLength: 784, maxLength: 784, max: 15 }),
    }),
  ),
  box: fc.option(
    fc.record({ top: integer(0, 27), left: integer(0, 27), height: integer(1, 28), width: integer(1, 28) }),
    { nil: undefined },
  ),
  motion: fc.record({ length: integer(1, 9), angle: integer(0, 179), bend: integer(-120, 120) }),
  share: integer(0, 95).map((percent) => percent / 100),
  mask: fc.option(fc.uint8Array({ minLength: 784, maxLength: 784, max: 1 }), { nil: undefined }),
  noise: fc.option(
    integer(0, 100).map((percent) => percent / 100),
    { nil: undefined },
  ),
  noiseSeed: integer(0, 100),
  steps: integer(1, 4),
  temperature: fc.option(
    integer(0, 30).map((part) => part / 20),
    { nil: undefined },
  ),
  seed: integer(0, 1000),
  engine: fc.option(fc.constantFrom("webgpu", "wasm"), { nil: undefined }),
  pixel: fc.option(fc.tuple(integer(0, 27), integer(0, 27)), { nil: undefined }),
});

describe("the address", () => {
  it("holds every choice", () => {
    fc.assert(
      fc.property(views, (view) => {
        const address = addressOf(view).toString();
        expect(viewOf(new URLSearchParams(address))).toEqual(view);
      }),
    );
  });

  it("holds every seed that the controls take", () => {
    for (const seed of [0, mostSeed - 1, mostSeed].flatMap((value) => [value, nextSeed(value)])) {
      expect(isSeed(seed)).toBe(true);
      expect(viewOf(addressOf({ ...firstView, seed, noiseSeed: seed }))).toMatchObject({ seed, noiseSeed: seed });
    }
    for (const value of [-1, 0.5, NaN, mostSeed + 1]) expect(isSeed(value)).toBe(false);
  });

  it("is short where nothing was chosen", () => {
    expect(addressOf(firstView).toString()).toBe("model=mnist&problem=inpaint-box&image=3");
  });

  it("with anything in it gives a view", () => {
    const keys = fc.constantFrom(
      ...addressOf({ ...firstView, noise: 1, temperature: 1, pixel: [1, 2] }).keys(),
      "box",
      "mask",
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(keys, fc.string())), (entries) => {
        const view = viewOf(new URLSearchParams(entries));
        expect(view.steps).toBeGreaterThanOrEqual(1);
        expect(Number.isFinite(view.share)).toBe(true);
      }),
    );
    expect(viewOf(new URLSearchParams("pixel=0.5-3"))).toEqual(firstView);
    expect(viewOf(new URLSearchParams("steps=9&seed=-1&box=1-2&pixel=a-b&image=x&mask=%&share="))).toEqual(firstView);
  });
});
