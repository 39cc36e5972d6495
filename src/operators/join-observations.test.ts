import { describe, expect, it } from "vitest";
import { hostFull, randomSource } from "../array/index.js";
import { imageProblem } from "./image-problems.js";
import { joinObservations } from "./join-observations.js";
import { observationRows } from "./observation.js";
import { observe } from "./observe.js";

const images = randomSource(1).uniformArray([3, 1, 8, 8]);
const box = imageProblem("inpaint-box", { sigma: 0.1 });
const observedBy = (problem = box) => observe(problem, images, { seed: 2, backend: "jax" });

describe("joinObservations", () => {
  it("puts together what was taken apart, with y and without", async () => {
    const whole = await observedBy();
    const parts = [[2], [0, 1]].map((rows) => observationRows(whole, rows));
    expect(joinObservations(parts)).toEqual(observationRows(whole, [2, 0, 1]));
    const seen = parts.map(({ problem, transposed }) => ({ problem, transposed }));
    expect(joinObservations(seen)).toEqual({
      problem: box,
      transposed: observationRows(whole, [2, 0, 1]).transposed,
    });
  });

  it("refuses problems of one name with other noise", async () => {
    const image = hostFull([1, 1, 8, 8], 0.5);
    const observations = await Promise.all(
      [0.1, 0.5].map((sigma) => observe(imageProblem("denoise", { sigma }), image, { seed: 1 })),
    );
    expect(() => joinObservations(observations)).toThrow(/"denoise" \(sigma 0\.1\) and "denoise" \(sigma 0\.5\) are/);
  });

  it("refuses none, several problems, and y of some alone", async () => {
    const whole = await observedBy();
    expect(() => joinObservations([])).toThrow("give one or more");
    expect(() => joinObservations([whole, { problem: box, transposed: whole.transposed }])).toThrow(
      "sample them separately",
    );
    const other = await observedBy(imageProblem("denoise", { sigma: 0.1 }));
    expect(() => joinObservations([whole, other])).toThrow("different problems");
  });
});
