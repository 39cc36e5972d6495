import { mkdir, rmdir, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";

/**
 * Creates a folder and its missing parents, one by one. Node's recursive `mkdir` never ends where the system reports an
 * existing folder as missing (as in /proc). If a folder cannot be created, those created before are removed.
 *
 * @returns the topmost folder that was created; undefined if all existed
 * @throws the operating system's error, as Node's `mkdir` does
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
    // If it is not a folder, `mkdir` will fail.
    return (await stat(path)).isDirectory() || dirname(path) === path;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT" && dirname(path) !== path) return false;
    throw error;
  }
}

/** Creates one folder. Returns false if another process has created it in the meantime. */
async function isMade(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST" && (await isFolder(path))) return false;
    throw error;
  }
}

/** Removes `folder` and its parents, up to `last`, as long as they are empty. */
export async function removeEmptyFolders(folder: string, last: string): Promise<void> {
  const top = resolve(last);
  for (let at = resolve(folder); at.startsWith(top); at = dirname(at))
    try {
      await rmdir(at);
    } catch {
      return;
    }
}
