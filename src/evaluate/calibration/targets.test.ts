import { describe, expect, it } from "vitest";
import { type DiagnosticName } from "../../metrics/calibration/index.js";
import { checkerboardTarget } from "./checkerboard-target.js";
import { linearGaussianTarget } from "./linear-gaussian-target.js";
import { type CalibrationTarget, judgeSampler } from "./target.js";

const samples = 49;
const level = 0.001;

const caughtBy = async (target: CalibrationTarget, name: string, seed: number): Promise<readonly DiagnosticName[]> =>
  (await judgeSampler(target, name, { samples, level, seed })).verdict.caughtBy;

describe("calibration of the linear-Gaussian case", () => {
  // The default numbers of simulations and samples of `vfm calibrate`.
  it.each([1, 2])(
    "passes the exact posterior and catches each broken one by the right diagnostic (seed %i)",
    async (seed) => {
      const target = linearGaussianTarget(2000, seed);
      expect(await caughtBy(target, "exact", seed)).toEqual([]);
      for (const name of ["narrow", "wide"]) {
        const found = await caughtBy(target, name, seed);
        for (const diagnostic of ["sbc-chi-square", "coverage"]) expect(found).toContain(diagnostic);
      }
      // A shift moves ranks to one side, but hardly changes how many truths are in a central interval.
      expect(await caughtBy(target, "shifted", seed)).toEqual(expect.arrayContaining(["sbc-chi-square", "sbc-ecdf"]));
      // The prior is calibrated; only diagnostics that depend on y distinguish it from the posterior.
      expect(await caughtBy(target, "prior", seed)).toEqual(["tarp-observation", "sbc-likelihood"]);
    },
  );

  it("catches an exact sampler no more often than its level says", async () => {
    let caught = 0;
    const runs = 60;
    for (let seed = 0; seed < runs; seed++) {
      const target = linearGaussianTarget(100, seed);
      const { verdict } = await judgeSampler(target, "exact", { samples: 19, level: 0.05, seed });
      if (!verdict.passed) caught += 1;
    }
    // Binomial(60, 0.05): 9 or more have a probability of 0.4 %.
    expect(caught).toBeLessThan(9);
  });
});

describe("calibration of the checkerboard", () => {
  it("passes exact samples, and catches the prior by what looks at y", async () => {
    const target = checkerboardTarget(500, 5);
    expect(await caughtBy(target, "exact", 5)).toEqual([]);
    expect(await caughtBy(target, "prior", 5)).toEqual(["tarp-observation", "sbc-likelihood"]);
  });
});
