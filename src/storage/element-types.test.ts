import { expect, it } from "vitest";
import { decodeElements } from "./element-types.js";

const decode = (values: ArrayBufferView, type: Parameters<typeof decodeElements>[1]) =>
  decodeElements(values.buffer.slice(0) as ArrayBuffer, type);

it("widens half precision: normal, subnormal and infinite numbers, and both zeros", () => {
  const bits = Uint16Array.of(0x3c00, 0xc000, 0x7bff, 0x0001, 0x0000, 0x8000, 0x7c00, 0x3555);
  const values = [1, -2, 65504, 2 ** -24, 0, -0, Infinity, 0.333251953125];
  expect([...decode(bits, "float16")]).toEqual(values);
});

it("widens bfloat16, the upper half of a float32", () => {
  const bits = Uint16Array.of(0x3f80, 0xc000, 0x7f7f, 0x0001, 0x8000, 0xff80);
  expect([...decode(bits, "bfloat16")]).toEqual([1, -2, 3.3895313892515355e38, 2 ** -133, -0, -Infinity]);
});

it("rounds double precision, and gives integers as int32", () => {
  expect([...decode(Float64Array.of(0.1, -3), "float64")]).toEqual([Math.fround(0.1), -3]);
  const integers = decode(BigInt64Array.of(-5n, 7n), "int64");
  expect(integers).toEqual(Int32Array.of(-5, 7));
  expect(decode(Int8Array.of(-1, 127), "int8")).toEqual(Int32Array.of(-1, 127));
  expect(decode(Uint8Array.of(0, 255), "uint8")).toEqual(Int32Array.of(0, 255));
});
