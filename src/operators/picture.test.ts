import { describe, expect, it } from "vitest";
import { hostZeros, randomSource, reshape } from "../array/index.js";
import { imageProblem } from "./image-problems.js";
import { observationOf, observe } from "./observe.js";
import { gaussianNoise } from "./observation-model.js";
import { operator } from "./operator.js";
import { pictureOf } from "./picture.js";
import { problem } from "./problem.js";

const backend = "jax" as const;
const images = randomSource(1).uniformArray([2, 1, 8, 8]);

describe("pictureOf", () => {
  it("is y where y is a picture, whatever the adapter sees of it", async () => {
    const filtered = imageProblem("motion-blur", { sigma: 0.1, transpose: "wiener" });
    const observation = await observe(filtered, images, { seed: 1, backend });
    expect(observation.transposed).not.toEqual(observation.y);
    expect(pictureOf(observation)).toBe(observation.y);
    expect(pictureOf({ problem: filtered, transposed: observation.transposed })).toBe(observation.transposed);
  });

  it("is A^T y where y has other axes", async () => {
    const rows = operator({
      forward: (x) => reshape(x, [x.shape[0], 64]),
      observationShape: () => [64],
      transpose: (y) => reshape(y, [y.shape[0], 1, 8, 8]),
      transposeIsAdjoint: true,
    });
    const list = problem("list", gaussianNoise(rows, 0.1));
    const observation = await observationOf(list, hostZeros([2, 64]), { parameters: {}, image: [1, 8, 8], backend });
    expect(pictureOf(observation)).toBe(observation.transposed);
  });
});
