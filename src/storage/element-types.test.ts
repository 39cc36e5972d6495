import { expect, it } from "vitest";
import { InputError } from "../errors.js";
import { decodeElements } from "./element-types.js";

const decode = (values: ArrayBufferView, type: Parameters<typeof decodeElements>[1]) =>
  decodeElements(values.buffer.slice(0) as ArrayBuffer, type, "x: tensor w");

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

it("widens the 8-bit formats", () => {
  // Sign, exponent and fraction by hand, from the formats' tables.
  expect([...decode(Uint8Array.of(0x38, 0x7e, 0x08, 0x01, 0x07, 0x80, 0xff, 0xc4), "float8_e4m3fn")]).toEqual([
    1,
    448,
    2 ** -6,
    2 ** -9,
    7 * 2 ** -9,
    -0,
    NaN,
    -3,
  ]);
  expect([...decode(Uint8Array.of(0x3c, 0x7b, 0x04, 0x01, 0xfc, 0x7d, 0xc2), "float8_e5m2")]).toEqual([
    1,
    57344,
    2 ** -14,
    2 ** -16,
    -Infinity,
    NaN,
    -3,
  ]);
  expect([...decode(Uint8Array.of(127, 0, 254, 255), "float8_e8m0fnu")]).toEqual([1, 2 ** -127, 2 ** 127, NaN]);
});

it("gives integers of other widths as int32 where they fit", () => {
  const [lowest, highest] = [-(2 ** 31), 2 ** 31 - 1];
  expect(decode(BigInt64Array.of(BigInt(lowest), BigInt(highest)), "int64")).toEqual(Int32Array.of(lowest, highest));
  expect(decode(BigUint64Array.of(0n, BigInt(highest)), "uint64")).toEqual(Int32Array.of(0, highest));
  expect(decode(Uint32Array.of(0, highest), "uint32")).toEqual(Int32Array.of(0, highest));
  expect(decode(Uint16Array.of(0, 65535), "uint16")).toEqual(Int32Array.of(0, 65535));
  expect(decode(Int16Array.of(-32768), "int16")).toEqual(Int32Array.of(-32768));
});

it.each<[string, ArrayBufferView, Parameters<typeof decodeElements>[1]]>([
  ["9007199254740993", BigInt64Array.of(1n, 2n ** 53n + 1n), "int64"],
  ["-2147483649", BigInt64Array.of(1n, -(2n ** 31n) - 1n), "int64"],
  ["18446744073709551615", BigUint64Array.of(1n, 2n ** 64n - 1n), "uint64"],
  ["2147483648", Uint32Array.of(1, 2 ** 31), "uint32"],
  ["1e+300", Float64Array.of(1, 1e300), "float64"],
])("refuses %s, which it would change", (value, values, type) => {
  expect(() => decode(values, type)).toThrow(InputError);
  expect(() => decode(values, type)).toThrow(`x: tensor w holds ${value} at place 1, more than`);
});
