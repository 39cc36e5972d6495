import { removeNow } from "./remove-now.js";

const unfinished = new Set<string>();

/** Writes a temporary file or folder. If the process ends meanwhile, as an interrupted command does, it is removed. */
export async function removedAtExit(temporary: string, write: () => Promise<void>): Promise<void> {
  if (unfinished.size === 0) process.once("exit", removeUnfinished);
  unfinished.add(temporary);
  try {
    await write();
  } finally {
    unfinished.delete(temporary);
    if (unfinished.size === 0) process.off("exit", removeUnfinished);
  }
}

function removeUnfinished(): void {
  for (const path of unfinished) removeNow(path);
}
