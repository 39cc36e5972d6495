import { z } from "zod";
import { sizeOf } from "../array/index.js";
import { InputError } from "../errors.js";
import { quoted } from "../quoted-text.js";
import { parseWith, shownValue } from "../schema.js";
import { duplicateKey } from "./duplicate-keys.js";
import { elementBytes, type StoredType } from "./element-types.js";
import { requireNoForeignFile } from "./foreign-file.js";

/** The bytes before the header: its length, uint64, little endian. */
export const headerLengthBytes = 8;

/** The entry of the header that is not a tensor. */
export const metadataKey = "__metadata__";
// The format's own limit.
const longestHeader = 100_000_000;
// A schema makes one issue for each wrong value, so a header with millions of them would fill the memory.
const mostEntries = 100_000;
const mostAxes = 64;

const types: Readonly<Record<string, StoredType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  F8_E4M3: "float8_e4m3fn",
  F8_E5M2: "float8_e5m2",
  F8_E8M0: "float8_e8m0fnu",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U64: "uint64",
  U32: "uint32",
  U16: "uint16",
  U8: "uint8",
  BOOL: "bool",
};

const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** The place of a tensor's bytes, counted from the end of the header. */
export interface SafetensorsEntry {
  name: string;
  /** Its type as named in the file, e.g. "F32". */
  dtype: string;
  /** Undefined if the type cannot be read; the tensor is listed anyway, for callers that do not need it. */
  type: StoredType | undefined;
  shape: readonly number[];
  begin: number;
  bytes: number;
}

/**
 * The offset of a file's data.
 *
 * @param start its first bytes
 * @throws InputError if the file is too short, or the header would exceed it
 */
export function dataStart(start: Uint8Array, fileBytes: number, source: string): number {
  requireNoForeignFile(start, source);
  if (fileBytes < headerLengthBytes) throw damaged(source, `only ${fileBytes} bytes long, too short for a header`);
  const length = new DataView(start.buffer, start.byteOffset, start.byteLength).getBigUint64(0, true);
  if (length > longestHeader || headerLengthBytes + Number(length) > fileBytes)
    throw damaged(source, `header truncated (${length.toString()} bytes long in a file of ${fileBytes})`);
  return headerLengthBytes + Number(length);
}

/**
 * Reads the header of a safetensors file: its tensors in the order of their bytes.
 *
 * @param dataBytes the number of bytes after the header
 * @param source the file's name, for messages
 * @throws InputError if the header is malformed, it has a duplicate key, a tensor's offsets overlap another's or exceed
 *   the file, its byte count does not fit its shape, or bytes belong to no tensor
 */
export function parseSafetensorsHeader(text: string, dataBytes: number, source: string): SafetensorsEntry[] {
  const listed = Object.entries(parseHeader(text, source))
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => ({ name, ...parseWith(entrySchema, value, tensorIn(source, name)) }))
    .sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let position = 0;
  const entries = listed.map(({ name, dtype, shape, data_offsets: [begin, end] }): SafetensorsEntry => {
    const wrong = (problem: string): InputError => damaged(source, `tensor ${quoted(name)} ${problem}`);
    if (begin < position) throw wrong(`overlaps another (bytes ${begin} to ${end})`);
    if (begin > position) throw damaged(source, `bytes ${position} to ${begin} belong to no tensor`);
    if (end < begin) throw wrong(`ends before it begins (bytes ${begin} to ${end})`);
    if (end > dataBytes) throw wrong(`ends beyond the file (byte ${end} of ${dataBytes})`);
    const type = Object.hasOwn(types, dtype) ? types[dtype] : undefined;
    const needed = type && sizeOf(shape) * elementBytes(type);
    if (needed !== undefined && end - begin !== needed)
      throw wrong(`has ${end - begin} bytes, its shape [${shape.join(", ")}] needs ${needed}`);
    position = end;
    return { name, dtype, type, shape, begin, bytes: end - begin };
  });
  if (position !== dataBytes) throw damaged(source, `${dataBytes - position} bytes at the end belong to no tensor`);
  return entries;
}

/** The entries of a header's `__metadata__`; empty if it has none. Throws InputError if the header is malformed. */
export function parseSafetensorsMetadata(text: string, source: string): Record<string, string> {
  const metadata = requireObject(parseHeader(text, source)[metadataKey] ?? {}, source, metadataKey);
  const wrong = Object.keys(metadata).find((name) => typeof metadata[name] !== "string");
  if (wrong === undefined) return metadata as Record<string, string>;
  throw new InputError(`${source}: ${metadataKey}: ${quoted(wrong)} is ${shownValue(metadata[wrong])}, give a text`);
}

function parseHeader(text: string, source: string): Record<string, unknown> {
  const header = requireObject(parseText(text, source), source, "header");
  const twice = duplicateKey(text);
  if (twice !== undefined) throw damaged(source, `header has the key "${quoted(twice)}" twice`);
  const entries = Object.entries(header);
  if (entries.length > mostEntries)
    throw damaged(source, `header has ${entries.length} entries, at most ${mostEntries} are read`);
  for (const [name, value] of entries) {
    const { shape } = (value ?? {}) as { shape?: unknown };
    if (Array.isArray(shape) && shape.length > mostAxes)
      throw damaged(source, `tensor ${quoted(name)} has ${shape.length} axes, at most ${mostAxes} are read`);
  }
  return header;
}

/** The place of a fault is not looked for, because that takes seconds in a long header. */
function parseText(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw damaged(source, "header is not JSON");
  }
}

function requireObject(value: unknown, source: string, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return { ...value };
  throw damaged(source, `${what} is not a JSON object`);
}

/** The name of a tensor of a file, for messages. */
export function tensorIn(source: string, name: string): string {
  return `${source}: tensor ${quoted(name)}`;
}

/**
 * The type of a tensor that is about to be read.
 *
 * @throws InputError naming the tensor and its type if the type cannot be read
 */
export function readableType({ name, dtype, type }: SafetensorsEntry, source: string): StoredType {
  if (type !== undefined) return type;
  throw new InputError(
    `${tensorIn(source, name)} is ${quoted(dtype)}, which cannot be read: save it as one of ${Object.keys(types).join(", ")}`,
  );
}

/** The error for a file that is not a complete safetensors file. */
export function damaged(source: string, problem: string): InputError {
  return new InputError(`${source}: ${problem}; the file is damaged or not a safetensors file`);
}
