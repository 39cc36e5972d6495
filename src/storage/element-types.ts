import { Float16Array } from "@petamoriken/float16";
import { type HostArray } from "../array/index.js";

/** Element types of published checkpoints. */
export type StoredType =
  "float64" | "float32" | "float16" | "bfloat16" | "int64" | "int32" | "int16" | "int8" | "uint8" | "bool";

interface ElementFormat {
  bytes: number;
  /** The elements of aligned little-endian bytes. */
  decode(buffer: ArrayBuffer): HostArray["data"];
}

const integers = (values: Iterable<number | bigint>): Int32Array => Int32Array.from(values, Number);

const formats: Readonly<Record<StoredType, ElementFormat>> = {
  float64: { bytes: 8, decode: (buffer) => Float32Array.from(new Float64Array(buffer)) },
  float32: { bytes: 4, decode: (buffer) => new Float32Array(buffer) },
  float16: { bytes: 2, decode: widenFloat16 },
  bfloat16: { bytes: 2, decode: widenBfloat16 },
  int64: { bytes: 8, decode: (buffer) => integers(new BigInt64Array(buffer)) },
  int32: { bytes: 4, decode: (buffer) => new Int32Array(buffer) },
  int16: { bytes: 2, decode: (buffer) => integers(new Int16Array(buffer)) },
  int8: { bytes: 1, decode: (buffer) => integers(new Int8Array(buffer)) },
  uint8: { bytes: 1, decode: (buffer) => integers(new Uint8Array(buffer)) },
  bool: { bytes: 1, decode: (buffer) => integers(new Uint8Array(buffer)) },
};

let float16Values: Float32Array | undefined;

// By a table of all 65,536 values: a large checkpoint has hundreds of millions of them.
function widenFloat16(buffer: ArrayBuffer): Float32Array {
  float16Values ??= Float32Array.from(
    new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits).buffer),
  );
  const halves = new Uint16Array(buffer);
  const values = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) values[i] = float16Values[halves[i]];
  return values;
}

// A bfloat16 is the upper half of a float32.
function widenBfloat16(buffer: ArrayBuffer): Float32Array {
  const halves = new Uint16Array(buffer);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

/** Bytes of one element. */
export function elementBytes(type: StoredType): number {
  return formats[type].bytes;
}

/** The elements of little-endian bytes, as float32 if they are floating-point numbers, else as int32. */
export function decodeElements(buffer: ArrayBuffer, type: StoredType): HostArray["data"] {
  return formats[type].decode(buffer);
}
