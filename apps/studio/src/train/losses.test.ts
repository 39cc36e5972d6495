import { describe, expect, it } from "vitest";
import { noLosses, withSteps } from "./losses.js";

describe("the losses of a run", () => {
  const told = withSteps(
    withSteps(noLosses, [
      { network: "flowMap", step: 0, flow: 4 },
      { network: "flowMap", step: 1, flow: 3 },
    ]),
    [
      { network: "joint", step: 0, flow: 2, adapter: 50 },
      { network: "frozen", step: 0, adapter: 60 },
      { network: "joint", step: 1, flow: 1, adapter: 40 },
    ],
  );

  it("are kept by what measured them, in turn", () => {
    expect(told).toEqual({
      flow: { alone: [4, 3], joint: [2, 1] },
      adapter: { joint: [50, 40], frozen: [60] },
    });
    expect(noLosses.flow.alone).toEqual([]);
  });
});
