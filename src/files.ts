import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { InputError } from "./errors.js";

/** A name beside `path` that no other process uses. */
export function temporaryName(path: string): string {
  return `${path}.tmp-${process.pid}`;
}

/** Writes a file whole or not at all: under a temporary name, then renamed. Makes the folders above it. */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  await writeFile(temporary, content);
  await rename(temporary, path);
}

/**
 * Reads a file.
 *
 * @param advice how to mend it, for the message
 * @throws InputError naming the file if it cannot be read
 */
export async function readInput(path: string, advice = "check the path"): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): ${advice}`);
  });
}
