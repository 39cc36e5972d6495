import { type HostArray } from "../array/index.js";
import { decodeElements } from "./element-types.js";
import { type RandomAccessFile } from "../platform/index.js";
import { openFile } from "./files.js";
import { foreignStart } from "./foreign-file.js";
import { dataStart, headerLengthBytes, parseSafetensorsHeader, readableType, tensorIn } from "./safetensors-header.js";

/** A tensor of a file that is read only on request, so that the file may be larger than the memory. */
export interface StoredTensor {
  readonly shape: readonly number[];
  /**
   * Reads it, widened to float32 if it contains floating-point numbers, otherwise to int32. Throws InputError if it
   * cannot.
   */
  read(): Promise<HostArray>;
}

/** The tensors of a file, by name. */
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

/** The tensors of an open safetensors file, whose `close` closes the file. Throws InputError if it is damaged. */
export async function safetensorsIn(file: RandomAccessFile): Promise<TensorFile> {
  const { path, size } = file;
  const start = dataStart(new Uint8Array(await file.read(0, Math.min(size, foreignStart))), size, path);
  const text = new TextDecoder().decode(await file.read(headerLengthBytes, start - headerLengthBytes));
  const tensors = parseSafetensorsHeader(text, size - start, path).map((entry): [string, StoredTensor] => {
    const { name, shape, begin, bytes } = entry;
    const read = async (): Promise<HostArray> => {
      const type = readableType(entry, path);
      return { shape, data: decodeElements(await file.read(start + begin, bytes), type, tensorIn(path, name)) };
    };
    return [name, { shape, read }];
  });
  return { path, tensors: new Map(tensors), close: () => file.close() };
}
