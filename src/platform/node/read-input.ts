import { constants, openSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { Socket } from "node:net";
import { InputError } from "../../errors.js";
import { failureText } from "./failure.js";

// Node reads no larger file at once.
const largestFile = 2 ** 31 - 1;

/** Reads a whole file or pipe; see `Files`. */
export async function readInput(
  path: string,
  advice = "check the path",
  most = largestFile,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const status = await stat(path);
    if (status.isFIFO()) return await readPipe(path, most);
    requireFile(path, status);
    if (status.size > most) throw tooLarge(path, most);
    return await readFile(path);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${path} cannot be read ${failureText(error as NodeJS.ErrnoException, advice)}`);
  }
}

/** Throws InputError if a path is a device or a socket, which may have no end. */
export function requireFile(path: string, status: { isFile(): boolean; isDirectory(): boolean }): void {
  if (status.isDirectory()) throw Object.assign(new Error(), { code: "EISDIR" });
  if (!status.isFile()) throw new InputError(`${path} is a device, not a file: name a file`);
}

/** Reads a pipe to its end, by events: a thread that blocks until there is a writer could not be interrupted. */
async function readPipe(path: string, most: number): Promise<Uint8Array<ArrayBuffer>> {
  const pipe = new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), writable: false });
  const chunks: Buffer[] = [];
  let length = 0;
  // If the loop is left by an exception, it closes the pipe.
  for await (const chunk of pipe) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > most) throw tooLarge(path, most);
  }
  return Uint8Array.from(Buffer.concat(chunks));
}

function tooLarge(path: string, most: number): InputError {
  return new InputError(`${path} is too large: at most ${Math.floor(most / 2 ** 20)} MiB are read`);
}
