import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { temporaryName } from "../files.js";

/**
 * Writes a folder of files: `fill` writes into a temporary folder, whose files are then moved to `folder`. Other files
 * that stand there stay. If `fill` fails or the signal is aborted, nothing is left behind.
 */
export async function writeOutputFolder(
  folder: string,
  signal: AbortSignal,
  fill: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryName(folder);
  try {
    await mkdir(temporary, { recursive: true });
    await fill(temporary);
    signal.throwIfAborted();
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(temporary)) await rename(join(temporary, name), join(folder, name));
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
