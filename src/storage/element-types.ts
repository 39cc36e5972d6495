import { Float16Array } from "@petamoriken/float16";
import { type HostArray } from "../array/index.js";
import { InputError } from "../errors.js";

/** Element types of published files that can be read. */
export type StoredType =
  | "float64"
  | "float32"
  | "float16"
  | "bfloat16"
  | "float8_e4m3fn"
  | "float8_e5m2"
  | "float8_e8m0fnu"
  | "int64"
  | "int32"
  | "int16"
  | "int8"
  | "uint64"
  | "uint32"
  | "uint16"
  | "uint8"
  | "bool";

interface ElementFormat {
  bytes: number;
  /** The elements of aligned little-endian bytes. */
  decode(buffer: ArrayBuffer, tensor: string): HostArray["data"];
}

const formats: Readonly<Record<StoredType, ElementFormat>> = {
  float64: { bytes: 8, decode: (buffer, tensor) => roundFloat64(new Float64Array(buffer), tensor) },
  float32: { bytes: 4, decode: (buffer) => new Float32Array(buffer) },
  float16: { bytes: 2, decode: (buffer) => widen(new Uint16Array(buffer), float16Values()) },
  bfloat16: { bytes: 2, decode: widenBfloat16 },
  float8_e4m3fn: { bytes: 1, decode: (buffer) => widen(new Uint8Array(buffer), float8E4m3Values()) },
  float8_e5m2: { bytes: 1, decode: (buffer) => widen(new Uint8Array(buffer), float8E5m2Values()) },
  float8_e8m0fnu: { bytes: 1, decode: (buffer) => widen(new Uint8Array(buffer), float8E8m0Values()) },
  int64: { bytes: 8, decode: (buffer, tensor) => integers(new BigInt64Array(buffer), tensor) },
  int32: { bytes: 4, decode: (buffer) => new Int32Array(buffer) },
  int16: { bytes: 2, decode: (buffer) => Int32Array.from(new Int16Array(buffer)) },
  int8: { bytes: 1, decode: (buffer) => Int32Array.from(new Int8Array(buffer)) },
  uint64: { bytes: 8, decode: (buffer, tensor) => integers(new BigUint64Array(buffer), tensor) },
  uint32: { bytes: 4, decode: (buffer, tensor) => integers(new Uint32Array(buffer), tensor) },
  uint16: { bytes: 2, decode: (buffer) => Int32Array.from(new Uint16Array(buffer)) },
  uint8: { bytes: 1, decode: (buffer) => Int32Array.from(new Uint8Array(buffer)) },
  bool: { bytes: 1, decode: (buffer) => Int32Array.from(new Uint8Array(buffer)) },
};

function integers(values: BigInt64Array | BigUint64Array | Uint32Array, tensor: string): Int32Array {
  const result = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    result[i] = Number(values[i]);
    if (BigInt(result[i]) !== BigInt(values[i])) throw beyond(tensor, values[i], i, "an int32");
  }
  return result;
}

function roundFloat64(values: Float64Array, tensor: string): Float32Array {
  const result = Float32Array.from(values);
  const place = result.findIndex((value, i) => !Number.isFinite(value) && Number.isFinite(values[i]));
  if (place >= 0) throw beyond(tensor, values[place], place, "a float32");
  return result;
}

function beyond(tensor: string, value: number | bigint, place: number, type: string): InputError {
  return new InputError(
    `${tensor} holds ${value.toString()} at place ${place}, more than ${type} takes: it cannot be read without loss`,
  );
}

// By a table of all values, because a large checkpoint has hundreds of millions of elements.
function widen(codes: Uint16Array | Uint8Array, values: Float32Array): Float32Array {
  const result = new Float32Array(codes.length);
  for (let i = 0; i < codes.length; i++) result[i] = values[codes[i]];
  return result;
}

// A bfloat16 is the upper half of a float32.
function widenBfloat16(buffer: ArrayBuffer): Float32Array {
  const halves = new Uint16Array(buffer);
  const bits = new Uint32Array(halves.length);
  for (let i = 0; i < halves.length; i++) bits[i] = halves[i] << 16;
  return new Float32Array(bits.buffer);
}

const float16Values = once(() =>
  Float32Array.from(new Float16Array(Uint16Array.from({ length: 2 ** 16 }, (_, bits) => bits).buffer)),
);

// A sign, 4 bits of exponent (bias 7), 3 of fraction; no infinity, and one NaN for each sign.
const float8E4m3Values = once(() =>
  Float32Array.from({ length: 256 }, (_, code) => {
    const [sign, exponent, fraction] = [code & 0x80 ? -1 : 1, (code >> 3) & 0xf, code & 7];
    if (exponent === 15 && fraction === 7) return NaN;
    return sign * (exponent === 0 ? fraction * 2 ** -9 : (8 + fraction) * 2 ** (exponent - 10));
  }),
);

// The upper half of a float16.
const float8E5m2Values = once(() => Float32Array.from({ length: 256 }, (_, code) => float16Values()[code << 8]));

// Powers of two, and one NaN.
const float8E8m0Values = once(() =>
  Float32Array.from({ length: 256 }, (_, code) => (code === 255 ? NaN : 2 ** (code - 127))),
);

function once<T extends object>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}

/** Size of one element in bytes. */
export function elementBytes(type: StoredType): number {
  return formats[type].bytes;
}

/**
 * Decodes little-endian bytes, as float32 if they are floating-point numbers, otherwise as int32.
 *
 * @param tensor name of the file and the tensor, for messages
 * @throws InputError if a number is outside the range of float32 or int32
 */
export function decodeElements(buffer: ArrayBuffer, type: StoredType, tensor: string): HostArray["data"] {
  return formats[type].decode(buffer, tensor);
}
