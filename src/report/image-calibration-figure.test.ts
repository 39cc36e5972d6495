import { describe, expect, it } from "vitest";
import { coverageMap } from "./image-calibration-figure.js";

describe("coverageMap", () => {
  const ranked = (pixel: number, positions: number[]) => ({
    pixel,
    images: new Int32Array(positions.length),
    ranks: { positions: Float64Array.from(positions), ranks: new Int32Array(positions.length), slots: 10 },
  });

  it("puts each pixel at its place, with the mean over its channels", () => {
    // Colour images of 2 x 4 pixels: values 5 and 13 are channels 0 and 1 of the pixel in row 1, column 1.
    const inside = ranked(5, [0.5, 0.06]);
    const half = ranked(13, [0.5, 0.04]);
    const other = ranked(16, [0.99, 0.01]);
    const { data } = coverageMap([inside, half, other], { channels: 3, height: 2, width: 4 });
    expect(data).toEqual({
      values: [
        { row: 1, column: 1, coverage: 0.75 },
        { row: 0, column: 0, coverage: 0 },
      ],
    });
  });
});
