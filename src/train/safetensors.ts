import { z } from "zod";
import { type HostArray, hostType, mapHostTree, namedLeaves, sizeOf, type Tree } from "../array/index.js";
import { InputError } from "../errors.js";
import { readInput, writeFileAtomically } from "../files.js";
import { parseJson, parseWith } from "./files.js";

const headerLengthBytes = 8;
const elementBytes = 4;
const typeNames = { float32: "F32", int32: "I32" } as const;

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
export function encodeSafetensors(tensors: ReadonlyMap<string, HostArray>): Uint8Array {
  const header: Record<string, z.infer<typeof tensorEntry>> = {};
  let offset = 0;
  for (const [name, array] of tensors) {
    const end = offset + array.data.byteLength;
    header[name] = { dtype: typeNames[hostType(array)], shape: [...array.shape], data_offsets: [offset, end] };
    offset = end;
  }
  const json = Buffer.from(JSON.stringify(header), "utf8");
  const headerLength = Math.ceil(json.length / 8) * 8;
  const start = headerLengthBytes + headerLength;
  const bytes = Buffer.alloc(start + offset, " ");
  bytes.writeBigUInt64LE(BigInt(headerLength), 0);
  json.copy(bytes, headerLengthBytes);
  let position = start;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return bytes;
}

/**
 * Decodes a safetensors file of float32 and int32 arrays.
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
    if (end - begin !== sizeOf(shape) * elementBytes)
      fail(
        `tensor ${name} has ${end - begin} bytes, its shape [${shape.join(", ")}] needs ${sizeOf(shape) * elementBytes}`,
      );
    if (dtype !== "F32" && dtype !== "I32") fail(`tensor ${name} is ${dtype}, only F32 and I32 can be read`);
    // A copy of its own, because the file's bytes need not be aligned to 4.
    const { buffer } = Uint8Array.from(bytes.subarray(start + begin, start + end));
    tensors.set(name, { shape, data: dtype === "I32" ? new Int32Array(buffer) : new Float32Array(buffer) });
    position = end;
  }
  if (position !== bytes.length - start)
    fail(`${bytes.length - start - position} bytes at the end belong to no tensor`);
  return tensors;
}

/** Writes a tree of arrays as a safetensors file, each leaf under its dotted path; whole or not at all. */
export async function writeTree(path: string, tree: Tree<HostArray>): Promise<void> {
  const tensors = new Map(namedLeaves(tree).map(({ name, array }) => [name, array]));
  await writeFileAtomically(path, encodeSafetensors(tensors));
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
