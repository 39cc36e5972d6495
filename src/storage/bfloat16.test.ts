import { describe, expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { toBfloat16 } from "./bfloat16.js";
import { decodeSafetensors, encodeSafetensors } from "./safetensors.js";

describe("bfloat16", () => {
  it.each([
    [1, 0x3f80],
    [-2, 0xc000],
    // 1 + 2^-8 is half-way between 1 and 1 + 2^-7 and rounds to even; a slightly larger number rounds up, and so does
    // 1 + 3 * 2^-8.
    [1 + 2 ** -8, 0x3f80],
    [1 + 2 ** -8 + 2 ** -20, 0x3f81],
    [1 + 3 * 2 ** -8, 0x3f82],
    [3.4e38, 0x7f80],
    [Infinity, 0x7f80],
    [0, 0],
    [1e-40, 0x0001],
  ])("%d is 0x%s", (value, bits) => expect(toBfloat16(Float32Array.of(value))[0]).toBe(bits));

  it("keeps a NaN whose lower half alone is set", () => {
    const nan = new Float32Array(Uint32Array.of(0x7f800001).buffer);
    expect(toBfloat16(nan)[0] & 0x7f).not.toBe(0);
  });

  it("is stored in half the size and read back to within 2^-8", () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => (i - 50) ** 3 * 1e30);
    const tensors = new Map([
      ["w", hostArray(values, [100])],
      ["n", hostArray(Int32Array.of(70_000), [1])],
    ]);
    const bytes = encodeSafetensors(tensors, { precision: "bfloat16" });
    expect(encodeSafetensors(tensors).length - bytes.length).toBe(200);
    const read = decodeSafetensors(bytes, "test");
    expect([...(read.get("n")?.data ?? [])]).toEqual([70_000]);
    const stored = read.get("w")?.data ?? [];
    expect(stored).toHaveLength(100);
    stored.forEach((value, i) =>
      expect(Math.abs(value - values[i])).toBeLessThanOrEqual(2 ** -8 * Math.abs(values[i])),
    );
  });
});
