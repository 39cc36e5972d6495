import { expect, it } from "vitest";
import { gaussianFit } from "../metrics/index.js";
import { featureScores } from "./feature-scores.js";

it("samples are compared with the truth of their own image, and together with the reference", () => {
  const features = Float32Array.of(1, 0, -1, 0, 0, 1, 0, -1);
  const reference = { fit: gaussianFit(features, 2), features };
  // Two samples of each of two images: the features of the first image's truth are (2, 0), of the second's (0, 3).
  const drawn = Float32Array.of(1, 0, 0, 1, 0, -1, 0, 5);
  const wanted = Float32Array.of(2, 0, 0, 3);
  const found = featureScores(drawn, wanted, 2, reference);
  // Squared distances of unit vectors: 0 where they are equal, 2 where they are orthogonal, 4 where they are opposite.
  expect(found.featureDistance).toBeCloseTo((0 + 2 + 4 + 0) / 4, 6);
  expect(featureScores(features, wanted, 2, reference).frechet).toBeCloseTo(0, 5);
  // The same features, all moved by (3, 4): the distance is that of the means.
  const moved = features.map((value, i) => value + (i % 2 === 0 ? 3 : 4));
  expect(featureScores(moved, wanted, 2, reference).frechet).toBeCloseTo(25, 4);
  expect(featureScores(moved, wanted, 2, reference)).toMatchObject({ precision: 0, recall: 0 });
});
