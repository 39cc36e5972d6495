import { InputError } from "../../errors.js";
import { readInput, writePartsAtomically } from "../../storage/index.js";

/** An array in the IDX format. */
export interface Idx<Data extends Uint8Array | Int32Array = Uint8Array | Int32Array> {
  shape: readonly number[];
  data: Data;
}

const byteType = 0x08;
const integerType = 0x0c;

/**
 * Reads a file of bytes in the IDX format: a magic number (two zeros, the type, the number of axes), a big-endian
 * uint32 for each axis, then the values.
 *
 * @param axes the expected number of axes
 * @param advice how to repair a file that is missing or damaged, for the message
 * @throws InputError if the file is missing or damaged
 */
export async function readIdxBytes(path: string, axes: number, advice: string): Promise<Idx<Uint8Array>> {
  const { shape, values } = await readValues(path, byteType, axes, 1, advice);
  return { shape, data: values };
}

/** Reads a file of 32-bit integers in the IDX format. Throws InputError as `readIdxBytes` does. */
export async function readIdxIntegers(path: string, axes: number, advice: string): Promise<Idx<Int32Array>> {
  const { shape, values } = await readValues(path, integerType, axes, 4, advice);
  return { shape, data: Int32Array.from({ length: values.length / 4 }, (_, i) => values.readInt32BE(4 * i)) };
}

/** Writes bytes or 32-bit integers in the IDX format, atomically. Throws as `writePartsAtomically` does. */
export async function writeIdx(path: string, { shape, data }: Idx): Promise<void> {
  const header = Buffer.alloc(4 + 4 * shape.length);
  header.writeUInt16BE((data instanceof Uint8Array ? byteType : integerType) * 256 + shape.length, 2);
  shape.forEach((length, axis) => header.writeUInt32BE(length, 4 * (axis + 1)));
  await writePartsAtomically(path, [header, data instanceof Uint8Array ? data : bigEndian(data)]);
}

async function readValues(
  path: string,
  type: number,
  axes: number,
  bytesAValue: number,
  advice: string,
): Promise<{ shape: number[]; values: Buffer }> {
  const { buffer, byteOffset, byteLength } = await readInput(path, advice);
  const bytes = Buffer.from(buffer, byteOffset, byteLength);
  const start = 4 * (axes + 1);
  const damaged = new InputError(`${path} is damaged: ${advice}`);
  if (bytes.length < start || bytes.readUInt32BE(0) !== type * 256 + axes) throw damaged;
  const shape = Array.from({ length: axes }, (_, axis) => bytes.readUInt32BE(4 * (axis + 1)));
  if (bytes.length - start !== shape.reduce((product, length) => product * length, bytesAValue)) throw damaged;
  return { shape, values: bytes.subarray(start) };
}

function bigEndian(integers: Int32Array): Buffer {
  const bytes = Buffer.alloc(4 * integers.length);
  integers.forEach((value, i) => bytes.writeInt32BE(value, 4 * i));
  return bytes;
}
