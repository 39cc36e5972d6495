import { access, appendFile, mkdir, open, readdir, readFile, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { InputError } from "../../errors.js";
import { type Files } from "../types.js";
import { lock } from "./lock.js";
import { modelFolder } from "./package-folder.js";
import { isRunning } from "./process.js";
import { openFile } from "./random-access-file.js";
import { writeError } from "./write-error.js";

/** Node's: files on disk, written under a temporary name and then renamed. */
export const files: Files = {
  readInput,
  modelFolder,
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
  append: (path, text) => appendFile(path, text),
  remove: (path) => rm(path, { recursive: true, force: true }),
};

/** A name beside `path` that no other process uses. */
export function temporaryName(path: string): string {
  return `${path}.tmp-${process.pid}`;
}

/** Removes what stands beside `path` under temporary names of processes that have ended without removing it. */
export async function removeAbandoned(path: string): Promise<void> {
  const prefix = `${basename(path)}.tmp-`;
  const names = await readdir(dirname(path)).catch(() => []);
  const abandoned = names.filter((name) => name.startsWith(prefix) && !isRunning(parseInt(name.slice(prefix.length))));
  await Promise.all(abandoned.map((name) => rm(join(dirname(path), name), { recursive: true, force: true })));
}

async function writePartsAtomically(path: string, parts: Iterable<Uint8Array>): Promise<void> {
  const temporary = temporaryName(path);
  try {
    await mkdir(dirname(path), { recursive: true });
    const file = await open(temporary, "w");
    try {
      for (const part of parts) await file.writeFile(part);
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(path, error as NodeJS.ErrnoException);
  }
}

async function writeFolderAtomically(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  try {
    await fill(temporary);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  const replaced = `${temporary}-replaced`;
  await rm(replaced, { recursive: true, force: true });
  await rename(path, replaced).catch(ignoreMissing);
  await rename(temporary, path);
  await rm(replaced, { recursive: true, force: true });
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}

async function readInput(path: string, advice = "check the path"): Promise<Uint8Array<ArrayBuffer>> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): ${advice}`);
  });
}
