import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { addressOf, settingsOf } from "./address.js";
import { firstSettings, learningRates, taus, widths } from "./settings.js";

const percents = (most: number) => fc.integer({ min: 0, max: 100 * most }).map((percent) => percent / 100);

const choices = fc.record({
  settings: fc.record({
    width: fc.constantFrom(...widths),
    learningRate: fc.constantFrom(...learningRates),
    alpha: percents(1),
    tau: fc.constantFrom(...taus),
    detach: fc.boolean(),
    score: fc.integer({ min: 0, max: 40 }),
  }),
  y: percents(2).map((size) => size - 1),
});

describe("the address of a training run", () => {
  it("holds every choice", () => {
    fc.assert(
      fc.property(choices, ({ settings, y }) => {
        const address = addressOf(settings, y).toString();
        expect(settingsOf(new URLSearchParams(address))).toEqual({ settings, y });
      }),
    );
  });

  it("is empty where nothing was chosen", () => {
    expect(addressOf(firstSettings, 0.5).toString()).toBe("");
  });

  it("with what the page does not offer gives what it shows first", () => {
    const address = new URLSearchParams("width=1000000&rate=NaN&alpha=2&tau=3&detach=maybe&score=-1&y=99");
    expect(settingsOf(address)).toEqual({ settings: firstSettings, y: 0.5 });
  });

  it("with nothing after a name gives what the page shows first", () => {
    expect(settingsOf(new URLSearchParams("alpha=&score=&y="))).toEqual({ settings: firstSettings, y: 0.5 });
  });
});
