import { renameSync, rmSync } from "node:fs";

const mostTries = 20;
const pauseMs = 5;

/**
 * Removes a temporary file or folder at once, even a folder into which other threads are writing files. Never throws: it
 * is called while a command or the process ends.
 */
export function removeNow(temporary: string): void {
  const aside = `${temporary}-removed`;
  try {
    // Files that are opened by their path from now on fail, so that the folder soon stays empty.
    renameSync(temporary, aside);
  } catch {
    return;
  }
  const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  for (let tries = 0; tries < mostTries; tries++)
    try {
      rmSync(aside, { recursive: true, force: true });
      return;
    } catch {
      Atomics.wait(never, 0, 0, pauseMs);
    }
}
