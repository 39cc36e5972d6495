import { type FileHandle, open, stat } from "node:fs/promises";
import { InputError } from "../../errors.js";
import { type RandomAccessFile } from "../types.js";
import { failureText } from "./failure.js";

// The operating system reads at most 2 GiB at once.
const largestRead = 2 ** 30;

/** Opens a file. Throws InputError naming the path if it cannot be read. */
export async function openFile(path: string): Promise<RandomAccessFile> {
  const failed = (error: NodeJS.ErrnoException): never => {
    throw new InputError(`${path} cannot be read ${failureText(error, "check the path")}`);
  };
  // Checked before the file is opened, because opening a pipe would wait.
  const status = await stat(path).catch(failed);
  if (!status.isFile()) throw new InputError(`${path} is not a file: name a checkpoint file`);
  const handle = await open(path, "r").catch(failed);
  return {
    path,
    size: status.size,
    read: async (start, length) => {
      if (start + length > status.size)
        throw new InputError(
          `${path} is truncated: bytes ${start} to ${start + length} are needed, it has ${status.size}`,
        );
      return readFully(handle, start, length).catch(failed);
    },
    close: () => handle.close(),
  };
}

async function readFully(handle: FileHandle, start: number, length: number): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let position = 0;
  while (position < length) {
    const wanted = Math.min(largestRead, length - position);
    const { bytesRead } = await handle.read(bytes, position, wanted, start + position);
    if (bytesRead === 0) throw new Error("the file ended while it was read");
    position += bytesRead;
  }
  return bytes.buffer;
}
