import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Makes a folder and those above it that are missing, one by one: Node's own way never ends where the system says of a folder
 * that stands there that it does not (as in /proc). If one cannot be made, those made before are removed.
 *
 * @returns the topmost folder that was made; undefined if all stood there
 * @throws what the operating system says, as Node's `mkdir` does
 */
export async function makeFolders(folder: string): Promise<string | undefined> {
  const missing: string[] = [];
  for (let at = resolve(folder); !(await isFolder(at)); at = dirname(at)) missing.push(at);
  const made: string[] = [];
  try {
    for (const at of missing.reverse()) if (await isMade(at)) made.push(at);
  } catch (error) {
    for (const at of made.reverse()) await rmdir(at).catch(() => undefined);
    throw error;
  }
  return made[0];
}

async function isFolder(path: string): Promise<boolean> {
  try {
    // What is no folder is for `mkdir` to refuse.
    return (await stat(path)).isDirectory() || dirname(path) === path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && dirname(path) !== path) return false;
    throw error;
  }
}

/** Makes one folder; false if another process has made it meanwhile. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await isFolder(path))) return false;
    throw error;
  }
}
