import { expect, it } from "vitest";
import { readSuite, sharedSize } from "./suite.js";

it("gives all methods the images and samples that the smallest has, the long chain included", async () => {
  const suite = await readSuite("benchmarks/images/suite.json", ".");
  const plain = { ...suite, images: 500, samples: 16, sizes: {} };
  expect(sharedSize(plain)).toEqual({ images: 500, samples: 16 });
  const sized = { ...plain, sizes: { dps: { images: 100, samples: 8 } } };
  expect(sharedSize(sized)).toEqual({ images: 100, samples: 8 });
  const reference = { images: 64, steps: 10, leapfrog: 2, stepSize: 0.1 };
  expect(sharedSize({ ...sized, reference })).toEqual({ images: 64, samples: 8 });
});
