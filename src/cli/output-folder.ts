import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryName, writeError } from "../files.js";

/**
 * Writes a folder of files: `fill` writes into a temporary folder, whose files are then moved to `folder`. Other files
 * that stand there stay. If `fill` fails or the signal is aborted, nothing is left behind.
 *
 * @throws InputError if the folder cannot be written
 */
export async function writeOutputFolder(
  folder: string,
  signal: AbortSignal,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(folder);
  const writing = <T>(operation: Promise<T>): Promise<T> =>
    operation.catch((error: NodeJS.ErrnoException) => {
      throw writeError(folder, error);
    });
  try {
    await writing(mkdir(temporary, { recursive: true }));
    await fill(temporary);
    signal.throwIfAborted();
    await writing(mkdir(folder, { recursive: true }));
    for (const name of await readdir(temporary)) await writing(rename(join(temporary, name), join(folder, name)));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
