import { Float16Array } from "@petamoriken/float16";
import { type HostArray, hostType, mapHostTree, namedLeaves, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { quoted } from "../quoted-text.js";
import { writePartsAtomically } from "./files.js";
import { toBfloat16 } from "./bfloat16.js";
import { decodeElements } from "./element-types.js";
import {
  dataStart,
  headerLengthBytes,
  metadataKey,
  parseSafetensorsHeader,
  parseSafetensorsMetadata,
  readableType,
  tensorIn,
} from "./safetensors-header.js";
import { openSafetensors } from "./tensor-file.js";

/**
 * How floating-point arrays are stored: unchanged, or at half the size, rounded to 11 significant bits (float16:
 * numbers from 6e-8 to 65504) or to 8 (bfloat16: the whole range of float32).
 */
export type StoragePrecision = "float32" | "float16" | "bfloat16";

/** The metadata of a safetensors file: texts by name. */
export type SafetensorsMetadata = Readonly<Record<string, string>>;

/** How arrays are stored, and the metadata of the file. */
export interface SafetensorsOptions {
  /** Default: "float32". */
  precision?: StoragePrecision;
  metadata?: SafetensorsMetadata;
}

/**
 * Encodes named arrays in the safetensors format: the header's length (uint64, little endian), the header (JSON: name
 * -> dtype, shape, data_offsets, padded with spaces to a multiple of 8), then the arrays' bytes one after another.
 *
 * @throws InputError if a number is too large for float16
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostArray>,
  options: SafetensorsOptions = {},
): Uint8Array<ArrayBuffer> {
  const parts = [...safetensorsParts(tensors, options)];
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** The same in parts, the header and then one part for each array, so that at most one array is in memory twice. */
function* safetensorsParts(
  tensors: ReadonlyMap<string, HostArray>,
  { precision = "float32", metadata }: SafetensorsOptions,
): Generator<Uint8Array, void> {
  const header: Record<string, { dtype: string; shape: number[]; data_offsets: [number, number] }> = {};
  let offset = 0;
  for (const [name, array] of tensors) {
    const { dtype, bytes } = storedAs(array, precision);
    const end = offset + bytes * array.data.length;
    header[name] = { dtype, shape: [...array.shape], data_offsets: [offset, end] };
    offset = end;
  }
  const json = new TextEncoder().encode(JSON.stringify({ ...(metadata && { [metadataKey]: metadata }), ...header }));
  const headerLength = Math.ceil(json.length / 8) * 8;
  const start = new Uint8Array(headerLengthBytes + headerLength).fill(" ".charCodeAt(0));
  new DataView(start.buffer).setBigUint64(0, BigInt(headerLength), true);
  start.set(json, headerLengthBytes);
  yield start;
  for (const [name, array] of tensors) {
    const values = storedValues(array, precision, name);
    yield new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  }
}

function storedAs(array: HostArray, precision: StoragePrecision): { dtype: string; bytes: number } {
  if (hostType(array) === "int32") return { dtype: "I32", bytes: 4 };
  if (precision === "float32") return { dtype: "F32", bytes: 4 };
  return { dtype: precision === "float16" ? "F16" : "BF16", bytes: 2 };
}

function storedValues(array: HostArray, precision: StoragePrecision, name: string): ArrayBufferView {
  const { dtype } = storedAs(array, precision);
  if (dtype === "F16") {
    const values = Float16Array.from(array.data);
    const place = values.findIndex((value, i) => Math.abs(value) === Infinity && Number.isFinite(array.data[i]));
    if (place < 0) return values;
    throw new InputError(
      `tensor ${quoted(name)} holds ${array.data[place]}, which float16 cannot: store it as bfloat16 or float32`,
    );
  }
  return dtype === "BF16" ? toBfloat16(array.data as Float32Array) : array.data;
}

/**
 * Decodes a safetensors file. Floating-point arrays are widened (or rounded, from float64) to float32, integers to
 * int32.
 *
 * @param source the file's name, for messages
 * @param wanted names of the arrays to decode. Default: all
 * @throws InputError if the header is truncated or malformed or has a duplicate key, an array's offsets overlap
 *   another's or exceed the file, its byte count does not fit its shape, bytes belong to no array, or a wanted array's
 *   type or a number in it cannot be read
 */
export function decodeSafetensors(
  bytes: Uint8Array,
  source: string,
  wanted: (name: string) => boolean = () => true,
): Map<string, HostArray> {
  const { start, text } = headerOf(bytes, source);
  const entries = parseSafetensorsHeader(text, bytes.length - start, source);
  const decoded = entries
    .filter(({ name }) => wanted(name))
    .map((entry): [string, HostArray] => {
      const { name, shape, begin, bytes: count } = entry;
      // Copied, because the file's bytes need not be aligned.
      const { buffer } = new Uint8Array(bytes.subarray(start + begin, start + begin + count));
      return [name, { shape, data: decodeElements(buffer, readableType(entry, source), tensorIn(source, name)) }];
    });
  return new Map(decoded);
}

/**
 * The metadata of a safetensors file: the entries of its `__metadata__`, empty if it has none.
 *
 * @throws InputError if the header is truncated or malformed
 */
export function decodeMetadata(bytes: Uint8Array, source: string): SafetensorsMetadata {
  return parseSafetensorsMetadata(headerOf(bytes, source).text, source);
}

/** The header's text, and where the arrays start. */
function headerOf(bytes: Uint8Array, source: string): { start: number; text: string } {
  const start = dataStart(bytes, bytes.length, source);
  return { start, text: new TextDecoder().decode(bytes.subarray(headerLengthBytes, start)) };
}

/** Writes a tree of arrays as a safetensors file, each leaf under its dotted path, atomically. */
export async function writeTree(
  path: string,
  tree: Tree<HostArray>,
  precision: StoragePrecision = "float32",
): Promise<void> {
  const tensors = new Map(namedLeaves(tree).map(({ name, array }) => [name, array]));
  await writePartsAtomically(path, safetensorsParts(tensors, { precision }));
}

/**
 * Reads a tree of arrays from a safetensors file.
 *
 * @param like a tree of the form, shapes and element types that the file should have; its data are not read
 * @throws InputError naming the file and the tensor that is missing, misshapen, of another type, not expected, or that
 *   contains a number that is not finite
 */
export async function readTree<T extends Tree<HostArray>>(path: string, like: T): Promise<T> {
  const file = await openSafetensors(path);
  try {
    const needed = new Set(namedLeaves(like).map(({ name }) => name));
    const tensors = new Map<string, HostArray>();
    for (const [name, tensor] of file.tensors) if (needed.has(name)) tensors.set(name, await tensor.read());
    const filled = fillTree(tensors, like, path);
    const extra = [...file.tensors.keys()].find((name) => !needed.has(name));
    if (extra !== undefined) throw new InputError(`${tensorIn(path, extra)} belongs to no part of the model`);
    return filled;
  } finally {
    await file.close();
  }
}

/** Puts named arrays into the form of `like`. Throws InputError as `readTree` does. */
function fillTree<T extends Tree<HostArray>>(tensors: ReadonlyMap<string, HostArray>, like: T, source: string): T {
  return mapHostTree(like, (expected, name) => {
    const array = tensors.get(name);
    if (array === undefined) throw new InputError(`${tensorIn(source, name)} is missing`);
    if (array.shape.join() !== expected.shape.join() || hostType(array) !== hostType(expected))
      throw new InputError(
        `${tensorIn(source, name)} is ${hostType(array)} [${array.shape.join(", ")}], ` +
          `the model needs ${hostType(expected)} [${expected.shape.join(", ")}]`,
      );
    const wrong = array.data.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0)
      throw new InputError(`${tensorIn(source, name)} holds ${array.data[wrong]} at place ${wrong}: it is damaged`);
    return array;
  });
}
