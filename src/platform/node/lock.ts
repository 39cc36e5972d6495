import { link, readFile, realpath, rename, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout } from "node:timers/promises";
import { InputError } from "../../errors.js";
import { writeError } from "./write-error.js";
import { makeFolders, removeEmptyFolders } from "./make-folders.js";
import { isRunning } from "./process.js";
import { temporaryName } from "./temporary-name.js";

/** The owner of a folder's lock. */
interface Owner {
  processId: number;
  host: string;
}

// How long a process waits while another one removes a lock.
const pauseMs = 10;

// The files of the locks of this process itself, so that a second run in the same process is rejected too.
const held = new Set<string>();

/** Locks a folder by a file in it that names this process; see `Files`. */
export async function lock(folder: string, name = "lock.json", acrossHosts = true): Promise<() => Promise<void>> {
  let path = join(folder, name);
  // Resolved now, because the process may change its own folder meanwhile.
  const place = resolve(folder);
  let made: string | undefined;
  let own = false;
  try {
    made = await makeFolders(place);
    // One folder may be named in several ways.
    path = join(await realpath(place), name);
    if (held.has(path)) throw inUse(folder, path, process.pid);
    held.add(path);
    own = true;
    while (!(await claimed(path))) await removeAbandonedLock(path, folder, acrossHosts);
  } catch (error) {
    if (own) held.delete(path);
    if (made !== undefined) await removeEmptyFolders(place, made);
    throw error instanceof InputError ? error : writeError(path, error as NodeJS.ErrnoException);
  }
  return async () => {
    held.delete(path);
    await rm(path, { force: true });
    // Folders that were created for the lock and are empty are removed; those with files stay.
    if (made !== undefined) await removeEmptyFolders(place, made);
  };
}

function inUse(folder: string, path: string, processId: number): InputError {
  return new InputError(
    `${folder} is in use by process ${processId}: wait for it, name another folder, or remove ${path} if that process is not a run`,
  );
}

/** Creates the file, complete and by one process only. Returns whether it was created. */
async function claimed(path: string): Promise<boolean> {
  const owner: Owner = { processId: process.pid, host: hostname() };
  const written = temporaryName(path);
  try {
    await writeFile(written, `${JSON.stringify(owner)}\n`);
    await link(written, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    await rm(written, { force: true });
  }
}

/**
 * Removes the lock file of a process that has ended. Throws InputError if the process is running, or the file is no
 * lock: a lock is created complete, so it is the user's own.
 */
async function removeAbandonedLock(path: string, folder: string, acrossHosts: boolean): Promise<void> {
  const text = await readFile(path, "utf8").catch(ignoreMissing);
  if (text === undefined) return;
  const owner = ownerIn(text);
  if (owner === undefined)
    throw new InputError(`${path} is not the lock of a run: move it away, or name another folder`);
  const { processId, host } = owner;
  if (host !== hostname() && acrossHosts)
    throw new InputError(
      `${folder} is in use by process ${processId} of ${host}: wait for it, or remove ${path} if it has ended`,
    );
  // A file with this process's own number is from an earlier process with the same number.
  if (host === hostname() && processId !== process.pid && isRunning(processId)) throw inUse(folder, path, processId);
  // One process at a time may remove a lock, after it has read again whose it is: another that found the same dead owner
  // may have taken the lock meanwhile.
  const removal = `${path}.removal`;
  if (!(await claimed(removal))) {
    await removeIfLeft(removal);
    await setTimeout(pauseMs);
    return;
  }
  try {
    if ((await readFile(path, "utf8").catch(ignoreMissing)) === text) await rm(path, { force: true });
  } finally {
    await rm(removal, { force: true });
  }
}

/** Removes a file that is to exist for a moment, if a process that has ended left it. */
async function removeIfLeft(removal: string): Promise<void> {
  const text = await readFile(removal, "utf8").catch(ignoreMissing);
  const owner = text === undefined ? undefined : ownerIn(text);
  if (owner?.host !== hostname() || isRunning(owner.processId)) return;
  // Of several processes that find it, one renames it.
  const aside = temporaryName(removal);
  await rename(removal, aside).catch(ignoreMissing);
  // Another process may have removed it meanwhile and created its own, which has to stay.
  if ((await readFile(aside, "utf8").catch(ignoreMissing)) !== text) await link(aside, removal).catch(() => undefined);
  await rm(aside, { force: true });
}

// Another process may remove the file at any time; any other failure would come again for ever.
function ignoreMissing(error: NodeJS.ErrnoException): undefined {
  if (error.code !== "ENOENT") throw error;
}

/** The owner that a lock names; undefined if the text is not that of a lock. */
function ownerIn(text: string): Owner | undefined {
  try {
    const { processId, host } = JSON.parse(text) as Partial<Owner>;
    return Number.isSafeInteger(processId) && typeof host === "string"
      ? { processId: Number(processId), host }
      : undefined;
  } catch {
    return undefined;
  }
}
