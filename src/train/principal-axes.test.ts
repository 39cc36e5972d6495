import { describe, expect, it } from "vitest";
import { hostArray, randomSource } from "../array/index.js";
import { principalAxes } from "./principal-axes.js";

describe("principal axes", () => {
  it("are the axes of an ellipsoid, the longest first", () => {
    const [count, size] = [4000, 3];
    const noise = randomSource(5).normalArray([count, size]).data;
    const [c, s] = [Math.cos(0.4), Math.sin(0.4)];
    const trueAxes = [
      [c, s, 0],
      [0, 0, 1],
      [-s, c, 0],
    ];
    const deviations = [3, 1, 0.2];
    const x = new Float32Array(count * size);
    for (let i = 0; i < count; i++)
      for (let axis = 0; axis < size; axis++)
        for (let j = 0; j < size; j++)
          x[i * size + j] += 7 + deviations[axis] * noise[i * size + axis] * trueAxes[axis][j];

    const axes = principalAxes(hostArray(x, [count, 1, size]));
    expect(axes.shape).toEqual([size, size]);
    trueAxes.forEach((axis, k) => {
      const along = axis.reduce((sum, value, j) => sum + value * axes.data[k * size + j], 0);
      expect(Math.abs(along)).toBeGreaterThan(0.99);
    });
    for (let a = 0; a < size; a++)
      for (let b = 0; b < size; b++) {
        const product = [0, 1, 2].reduce((sum, j) => sum + axes.data[a * size + j] * axes.data[b * size + j], 0);
        expect(product).toBeCloseTo(a === b ? 1 : 0, 5);
      }
  });
});
