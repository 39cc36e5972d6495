import { pad, sliceAxis } from "../array/index.js";
import { type ForwardOperator } from "./operator.js";

/** The checkerboard's operator: a point's first coordinate. x: [B, 2] -> y: [B, 1]; A^T y = (y, 0). */
export const firstCoordinate: ForwardOperator = {
  name: "first-coordinate",
  transposeIsAdjoint: true,
  draw: () => ({}),
  forward: (x) => sliceAxis(x, 1, 0, 1),
  transpose: (y) =>
    pad(y, [
      [0, 0],
      [0, 1],
    ]),
  observationShape: () => [1],
};
