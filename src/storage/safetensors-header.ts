import { z } from "zod";
import { sizeOf } from "../array/index.js";
import { InputError } from "../errors.js";
import { elementBytes, type StoredType } from "./element-types.js";
import { parseJson, parseWith } from "./json.js";

/** The bytes before the header: its length, uint64, little endian. */
export const headerLengthBytes = 8;

/** The entry of the header that is no tensor. */
export const metadataKey = "__metadata__";
// The format's own limit.
const longestHeader = 100_000_000;

const types: Readonly<Record<string, StoredType>> = {
  F64: "float64",
  F32: "float32",
  F16: "float16",
  BF16: "bfloat16",
  I64: "int64",
  I32: "int32",
  I16: "int16",
  I8: "int8",
  U8: "uint8",
  BOOL: "bool",
};

const headerSchema = z.record(z.string(), z.unknown());
const metadataSchema = z.record(z.string(), z.string());
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

/** Where a tensor's bytes lie, counted from the end of the header. */
export interface SafetensorsEntry {
  name: string;
  type: StoredType;
  shape: readonly number[];
  begin: number;
  bytes: number;
}

/**
 * Where the data of a file starts, from its first 8 bytes.
 *
 * @throws InputError if the header would end beyond the file
 */
export function dataStart(length: bigint, fileBytes: number, source: string): number {
  const start = headerLengthBytes + Number(length);
  if (start > fileBytes || Number(length) > longestHeader)
    throw damaged(source, `header truncated (ends at byte ${start} of ${fileBytes})`);
  return start;
}

/**
 * Reads the header of a safetensors file: its tensors in the order of their bytes.
 *
 * @param dataBytes the number of bytes after the header
 * @param source the file's name, for messages
 * @throws InputError if the header is malformed, a tensor's offsets overlap another's or leave the file, its byte count
 *   does not fit its shape, its dtype cannot be read, or bytes belong to no tensor
 */
export function parseSafetensorsHeader(text: string, dataBytes: number, source: string): SafetensorsEntry[] {
  const header = parseWith(headerSchema, parseJson(text, `${source}: header`), `${source}: header`);
  const listed = Object.entries(header)
    .filter(([name]) => name !== metadataKey)
    .map(([name, value]) => ({ name, ...parseWith(entrySchema, value, `${source}: tensor ${name}`) }))
    .sort((a, b) => a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]);
  let position = 0;
  const entries = listed.map(({ name, dtype, shape, data_offsets: [begin, end] }): SafetensorsEntry => {
    if (begin < position) throw damaged(source, `tensor ${name} overlaps another (bytes ${begin} to ${end})`);
    if (begin > position) throw damaged(source, `bytes ${position} to ${begin} belong to no tensor`);
    if (end > dataBytes) throw damaged(source, `tensor ${name} ends beyond the file (byte ${end} of ${dataBytes})`);
    if (!Object.hasOwn(types, dtype))
      throw damaged(source, `tensor ${name} is ${dtype}, only ${Object.keys(types).join(", ")} can be read`);
    const needed = sizeOf(shape) * elementBytes(types[dtype]);
    if (end - begin !== needed)
      throw damaged(source, `tensor ${name} has ${end - begin} bytes, its shape [${shape.join(", ")}] needs ${needed}`);
    position = end;
    return { name, type: types[dtype], shape, begin, bytes: needed };
  });
  if (position !== dataBytes) throw damaged(source, `${dataBytes - position} bytes at the end belong to no tensor`);
  return entries;
}

/** The texts of a header's `__metadata__`; none if it has none. Throws InputError if the header is malformed. */
export function parseSafetensorsMetadata(text: string, source: string): Record<string, string> {
  const header = parseWith(headerSchema, parseJson(text, `${source}: header`), `${source}: header`);
  return parseWith(metadataSchema, header[metadataKey] ?? {}, `${source}: ${metadataKey}`);
}

/** The error for a file that is no whole safetensors file. */
export function damaged(source: string, problem: string): InputError {
  return new InputError(`${source}: ${problem}; the file is damaged or not a safetensors file`);
}
