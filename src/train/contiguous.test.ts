import { describe, expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { contiguous, viewsOf } from "./contiguous.js";

const form = {
  layers: [{ weight: hostArray([1, 2, 3, 4], [2, 2]), bias: hostArray([5], [1]) }],
  scale: hostArray([6], []),
};

describe("contiguous", () => {
  it("copies leaves that are stored apart, in the order of the keys", () => {
    const { shape, data } = contiguous(form);
    expect(shape).toEqual([6]);
    expect(Array.from(data)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(data.buffer).not.toBe(form.scale.data.buffer);
  });

  it("is a view of the row whose parts the leaves are", () => {
    const row = Float32Array.of(0, 1, 2, 3, 4, 5, 6).subarray(1);
    const views = viewsOf(row, form);
    expect(views.layers[0].weight).toEqual(form.layers[0].weight);
    const { data } = contiguous(views);
    expect(data.buffer).toBe(row.buffer);
    expect(data).toEqual(row);
  });

  it("copies leaves of one buffer that are in another order", () => {
    const { layers, scale } = viewsOf(Float32Array.of(1, 2, 3, 4, 5, 6), form);
    const { data } = contiguous({ scale, layers });
    expect(Array.from(data)).toEqual([6, 1, 2, 3, 4, 5]);
  });
});
