import { type HostArray } from "../array/index.js";
import { decodeElements } from "./element-types.js";
import { type RandomAccessFile } from "../platform/index.js";
import { openFile } from "./files.js";
import { damaged, dataStart, headerLengthBytes, parseSafetensorsHeader } from "./safetensors-header.js";

/** A tensor of a file that is read only when it is asked for: the file may be larger than the memory. */
export interface StoredTensor {
  readonly shape: readonly number[];
  /** Reads it, widened to float32 if it holds floating-point numbers, else to int32. Throws InputError if it cannot. */
  read(): Promise<HostArray>;
}

/** The tensors of a file by their names. */
export interface TensorFile {
  /** The file's path, for messages. */
  readonly path: string;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  close(): Promise<void>;
}

/**
 * Opens a safetensors file.
 *
 * @throws InputError if it cannot be read, or is damaged
 */
export async function openSafetensors(path: string): Promise<TensorFile> {
  const file = await openFile(path);
  try {
    return await safetensorsIn(file);
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** The tensors of an opened safetensors file, which they close. Throws InputError if it is damaged. */
export async function safetensorsIn(file: RandomAccessFile): Promise<TensorFile> {
  const { path, size } = file;
  if (size < headerLengthBytes) throw damaged(path, `only ${size} bytes long, too short for a header`);
  const length = new DataView(await file.read(0, headerLengthBytes)).getBigUint64(0, true);
  const start = dataStart(length, size, path);
  const text = new TextDecoder().decode(await file.read(headerLengthBytes, start - headerLengthBytes));
  const tensors = parseSafetensorsHeader(text, size - start, path).map(
    ({ name, type, shape, begin, bytes }): [string, StoredTensor] => {
      const read = async (): Promise<HostArray> => ({
        shape,
        data: decodeElements(await file.read(start + begin, bytes), type),
      });
      return [name, { shape, read }];
    },
  );
  return { path, tensors: new Map(tensors), close: () => file.close() };
}
