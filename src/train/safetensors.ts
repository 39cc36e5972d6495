import { Float16Array } from "@petamoriken/float16";
import { z } from "zod";
import { type HostArray, hostType, mapHostTree, namedLeaves, sizeOf, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { readInput, writeFileAtomically } from "../files.js";
import { parseJson, parseWith } from "./files.js";

const headerLengthBytes = 8;
const elementBytes: Readonly<Record<string, number>> = { F32: 4, F16: 2, I32: 4 };

/** How floating-point arrays are stored: as they are, or rounded to half precision (11 bits, half the size). */
export type StoragePrecision = "float32" | "float16";

const tensorEntry = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const headerSchema = z.record(z.string(), z.unknown());
const metadataKey = "__metadata__";

/**
 * Encodes named arrays in the safetensors format: the header's length (uint64, little endian), the header (JSON: name
 * -> dtype, shape, data_offsets, padded with spaces to a multiple of 8), then the arrays' bytes one after another.
 */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, HostArray>,
  precision: StoragePrecision = "float32",
): Uint8Array {
  const header: Record<string, z.infer<typeof tensorEntry>> = {};
  const contents: Uint8Array[] = [];
  let offset = 0;
  for (const [name, array] of tensors) {
    const { dtype, bytes } = stored(array, precision);
    const end = offset + bytes.length;
    header[name] = { dtype, shape: [...array.shape], data_offsets: [offset, end] };
    contents.push(bytes);
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const headerLength = Math.ceil(json.length / 8) * 8;
  const start = headerLengthBytes + headerLength;
  const bytes = Buffer.alloc(start + offset, " ");
  bytes.writeBigUInt64LE(BigInt(headerLength), 0);
  json.copy(bytes, headerLengthBytes);
  let position = start;
  for (const content of contents) {
    bytes.set(content, position);
    position += content.length;
  }
  return bytes;
}

function stored(array: HostArray, precision: StoragePrecision): { dtype: string; bytes: Uint8Array } {
  const half = hostType(array) === "float32" && precision === "float16";
  const { buffer, byteOffset, byteLength } = half ? Float16Array.from(array.data) : array.data;
  const dtype = half ? "F16" : hostType(array) === "float32" ? "F32" : "I32";
  return { dtype, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

/**
 * Decodes a safetensors file of float32, float16 (widened to float32) and int32 arrays.
 *
 * @param source the file's name, for messages
 * @throws InputError if the header is truncated or malformed, an array's offsets overlap another's or leave the file,
 *   its byte count does not fit its shape, its dtype is another one, or bytes belong to no array
 */
export function decodeSafetensors(bytes: Uint8Array, source: string): Map<string, HostArray> {
  const fail = (problem: string): never => {
    throw new InputError(`${source}: ${problem}; the file is damaged or not a safetensors file`);
  };
  if (bytes.length < headerLengthBytes) fail(`only ${bytes.length} bytes long, too short for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = headerLengthBytes + Number(view.getBigUint64(0, true));
  if (start > bytes.length) fail(`header truncated (ends at byte ${start} of ${bytes.length})`);
  const text = Buffer.from(bytes.subarray(headerLengthBytes, start)).toString("utf8");
  const header = parseWith(headerSchema, parseJson(text, `${source}: header`), `${source}: header`);
  const entries = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => ({ name, ...parseWith(tensorEntry, value, `${source}: tensor ${name}`) }))
    .sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);

  const tensors = new Map<string, HostArray>();
  let position = 0;
  for (const {
    name,
    dtype,
    shape,
    data_offsets: [begin, end],
  } of entries) {
    if (begin < position) fail(`tensor ${name} overlaps another (bytes ${begin} to ${end})`);
    if (begin > position) fail(`bytes ${position} to ${begin} belong to no tensor`);
    if (end > bytes.length - start)
      fail(`tensor ${name} ends beyond the file (byte ${end} of ${bytes.length - start})`);
    if (!(dtype in elementBytes)) fail(`tensor ${name} is ${dtype}, only F32, F16 and I32 can be read`);
    const needed = sizeOf(shape) * elementBytes[dtype];
    if (end - begin !== needed)
      fail(`tensor ${name} has ${end - begin} bytes, its shape [${shape.join(", ")}] needs ${needed}`);
    // A copy of its own, because the file's bytes need not be aligned to 4.
    const { buffer } = Uint8Array.from(bytes.subarray(start + begin, start + end));
    tensors.set(name, { shape, data: dataOf(buffer, dtype) });
    position = end;
  }
  if (position !== bytes.length - start)
    fail(`${bytes.length - start - position} bytes at the end belong to no tensor`);
  return tensors;
}

function dataOf(buffer: ArrayBuffer, dtype: string): HostArray["data"] {
  if (dtype === "I32") return new Int32Array(buffer);
  return dtype === "F16" ? Float32Array.from(new Float16Array(buffer)) : new Float32Array(buffer);
}

/** Writes a tree of arrays as a safetensors file, each leaf under its dotted path; whole or not at all. */
export async function writeTree(path: string, tree: Tree<HostArray>, precision?: StoragePrecision): Promise<void> {
  const tensors = new Map(namedLeaves(tree).map(({ name, array }) => [name, array]));
  await writeFileAtomically(path, encodeSafetensors(tensors, precision));
}

/**
 * Reads a tree of arrays from a safetensors file.
 *
 * @param like a tree of the form, shapes and element types that the file should have
 * @throws InputError naming the file and the tensor that is missing, misshapen, of another type, or not expected
 */
export async function readTree<T extends Tree<HostArray>>(path: string, like: T): Promise<T> {
  return fillTree(decodeSafetensors(await readInput(path), path), like, path);
}

/** Puts named arrays into the form of `like`. Throws InputError as `readTree` does. */
export function fillTree<T extends Tree<HostArray>>(tensors: Map<string, HostArray>, like: T, source: string): T {
  const unread = new Set(tensors.keys());
  const filled = mapHostTree(like, (expected, name) => {
    const array = tensors.get(name);
    if (array === undefined) throw new InputError(`${source}: tensor ${name} is missing`);
    if (array.shape.join() !== expected.shape.join() || hostType(array) !== hostType(expected))
      throw new InputError(
        `${source}: tensor ${name} is ${hostType(array)} [${array.shape.join(", ")}], ` +
          `the model needs ${hostType(expected)} [${expected.shape.join(", ")}]`,
      );
    unread.delete(name);
    return array;
  });
  const [extra] = unread;
  if (extra !== undefined) throw new InputError(`${source}: tensor ${extra} belongs to no part of the model`);
  return filled;
}
