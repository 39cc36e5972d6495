import {
  access,
  appendFile,
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  realpath,
  rename,
  rm,
  stat,
} from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError, VfmError } from "../../errors.js";
import { type Files } from "../types.js";
import { removedAtExit } from "./left-behind.js";
import { lock } from "./lock.js";
import { makeFolders, removeEmptyFolders } from "./make-folders.js";
import { modelFolder, shippedModels } from "./package-folder.js";
import { holdsNul } from "./failure.js";
import { openFile } from "./random-access-file.js";
import { readInput } from "./read-input.js";
import { sha256 } from "./sha256.js";
import { temporaryName } from "./temporary-name.js";
import { writeError } from "./write-error.js";

/** Node's implementation: files on disk, written under a temporary name and then renamed. */
export const files: Files = {
  readInput,
  sha256,
  modelFolder,
  shippedModels,
  lock,
  exists: (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  list: (folder) => readdir(folder).catch(() => []),
  importModule: async (path) => (await import(pathToFileURL(path).href)) as Record<string, unknown>,
  openFile,
  writePartsAtomically,
  writeFolderAtomically,
  copy: (from, to) =>
    copyFile(from, to).catch((error: NodeJS.ErrnoException) => {
      throw writeError(to, error);
    }),
  append: (path, text) =>
    appendFile(path, text).catch((error: NodeJS.ErrnoException) => {
      throw writeError(path, error);
    }),
  remove: (path) => rm(path, { recursive: true, force: true }),
};

async function writePartsAtomically(given: string, parts: Iterable<Uint8Array>): Promise<void> {
  await requireReplaceable(given);
  const path = await linkTarget(given);
  const temporary = temporaryName(path);
  await replacing(path, temporary, async () => {
    await removedAtExit(temporary, async () => {
      const file = await open(temporary, "w");
      try {
        for (const part of parts) await file.writeFile(part);
        // The rename must not reach the disk before the content.
        await file.sync();
      } finally {
        await file.close();
      }
    });
    await rename(temporary, path);
  });
}

/** Writes `path` through `temporary` beside it. If that fails nothing is left, and the error names `path`. */
async function replacing(path: string, temporary: string, write: () => Promise<void>): Promise<void> {
  let made: string | undefined;
  try {
    made = await makeFolders(dirname(path));
    await write();
  } catch (error) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined);
    if (made !== undefined) await removeEmptyFolders(dirname(path), made);
    throw renamed(error, temporary, path);
  }
}

/** The error from writing `temporary`, with `path` in its message instead. */
function renamed(error: unknown, temporary: string, path: string): unknown {
  if (error instanceof VfmError) {
    error.message = error.message.replaceAll(temporary, path);
    return error;
  }
  return isSystemError(error) ? writeError(path, error) : error;
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && ("syscall" in error || holdsNul(error));
}

/** Throws InputError if the path is a device or a pipe, which a renamed file would replace. */
async function requireReplaceable(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined || found.isFile() || found.isDirectory()) return;
  throw new InputError(`${path} cannot be written: it is a device or a pipe, name a file`);
}

/** Throws InputError if the path is a file, which a renamed folder would replace. */
async function requireNoFile(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && !found.isDirectory())
    throw new InputError(`${path} cannot be written: it is a file, name a folder`);
}

/** Moves `path` to `replaced` and `temporary` to `path`. Returns false if another call has meanwhile written `path`. */
async function isReplaced(path: string, temporary: string, replaced: string): Promise<boolean> {
  await rm(replaced, { recursive: true, force: true });
  await rename(path, replaced).catch(ignoreMissing);
  try {
    await rename(temporary, path);
    return true;
  } catch (error) {
    if (["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) return false;
    await rename(replaced, path).catch(ignoreMissing);
    throw error;
  }
}

async function writeFolderAtomically(given: string, fill: (folder: string) => Promise<void>): Promise<void> {
  // "a/" and "a/." are the folder "a", which is to be renamed.
  const path = await linkTarget(/[/\\]\.?$/.test(given) ? resolve(given) : given);
  const temporary = temporaryName(path);
  const replaced = `${temporary}-replaced`;
  await replacing(path, temporary, async () => {
    await requireNoFile(path);
    await rm(temporary, { recursive: true, force: true });
    await removedAtExit(temporary, async () => {
      await mkdir(temporary);
      await fill(temporary);
    });
    while (!(await isReplaced(path, temporary, replaced)));
  });
  await rm(replaced, { recursive: true, force: true });
}

/** The target of a symbolic link, which is written in its place; a path that is none, or leads nowhere, as it is. */
async function linkTarget(path: string): Promise<string> {
  const found = await lstat(path).catch(() => undefined);
  return found?.isSymbolicLink() === true ? realpath(path).catch(() => path) : path;
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
