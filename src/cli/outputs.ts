import { constants, existsSync, realpathSync, renameSync, rmdirSync, rmSync } from "node:fs";
import { access, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../errors.js";
import { requireReplaceable } from "../storage/index.js";
import {
  holdsNul,
  makeFolders,
  removeEmptyFolders,
  removeNow,
  temporaryName,
  writeError,
} from "../platform/node/index.js";

/** Throws InputError if an output is the same file as an input, which it would replace. */
export function requireOtherFile(out: string, input: string): void {
  const real = (path: string): string => (existsSync(path) ? realpathSync(path) : resolve(path));
  if (real(out) === real(input))
    throw new InputError(`${out} is the input, which the output would replace: name another file`);
}

/** Writes a folder of files: `fill` writes into a temporary folder, whose files are then moved to `folder`. Files of a former run
 * that this one does not write are removed; all other files stay. If `fill` fails or the signal is aborted, nothing is left behind.
 *
 * @param former the paths inside `folder` of the files that a former run wrote there
 * @throws InputError if the folder cannot be written
 */
export async function writeOutputFolder(
  folder: string,
  signal: AbortSignal,
  fill: (temporary: string) => Promise<void>,
  former: readonly string[] = [],
): Promise<void> {
  const place = resolve(folder);
  // Inside the folder if it exists: it may be on another disk than its parent.
  const temporary = temporaryName((await exists(place)) ? join(place, ".vfm") : place);
  const writing = <T>(operation: Promise<T>): Promise<T> =>
    operation.catch((error: NodeJS.ErrnoException) => {
      throw "syscall" in error || holdsNul(error) ? writeError(folder, error) : error;
    });
  const remove = (): void => removeNow(temporary);
  const made: [folder: string, first: string][] = [];
  const make = async (inner: string): Promise<void> => {
    const first = await writing(makeFolders(inner));
    if (first !== undefined) made.push([inner, first]);
  };
  signal.throwIfAborted();
  signal.addEventListener("abort", remove);
  try {
    await make(dirname(place));
    await writing(makeFolders(temporary));
    await writing(fill(temporary));
    const written = await filesIn(temporary);
    for (const inner of new Set(written.map((path) => dirname(join(place, path))))) await make(inner);
    signal.throwIfAborted();
    await writing(move(temporary, place, written, former));
  } catch (error) {
    remove();
    for (const [inner, first] of made.reverse()) await removeEmptyFolders(inner, first);
    throw error;
  } finally {
    signal.removeEventListener("abort", remove);
    remove();
  }
}

/** Moves the files that were written and removes the others of a former run, without a pause in which a signal could come. */
async function move(
  temporary: string,
  folder: string,
  written: readonly string[],
  former: readonly string[],
): Promise<void> {
  for (const path of written) renameSync(join(temporary, path), join(folder, path));
  for (const path of former.filter((name) => !written.includes(name))) removeFile(folder, path);
}

/** The paths of all files in a folder, relative to it. */
async function filesIn(folder: string): Promise<string[]> {
  const paths = await readdir(folder, { recursive: true });
  const found = await Promise.all(
    paths.map(async (path) => ({ path, isFile: (await stat(join(folder, path))).isFile() })),
  );
  return found.filter(({ isFile }) => isFile).map(({ path }) => path);
}

/** Removes a file and, if it was the last one there, its folder inside `folder`. */
function removeFile(folder: string, path: string): void {
  rmSync(join(folder, path), { force: true });
  if (dirname(path) === ".") return;
  try {
    rmdirSync(join(folder, dirname(path)));
  } catch {
    // It holds other files.
  }
}

/** A JSON file that a former run of a command may have written; undefined if there is none that can be read. */
export async function formerJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
}

/**
 * Checks before the work that its result can be written.
 *
 * @param kind what is to be written at `path`
 * @throws InputError if `path` exists and is of another kind, or the folder above it cannot be written
 */
export async function requireWritable(path: string, kind: "file" | "folder"): Promise<void> {
  if (path === "") throw new InputError(`the name of the ${kind} to write is empty: give one`);
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (holdsNul(error)) throw writeError(path, error);
  });
  if (found !== undefined && !(kind === "folder" ? found.isDirectory() : found.isFile())) {
    const what = found.isDirectory() ? "a folder" : found.isFile() ? "a file" : "a device or a pipe";
    throw new InputError(`${path} cannot be written: it is ${what}, name a ${kind}`);
  }
  let above = kind === "folder" ? resolve(path) : dirname(resolve(path));
  while (!(await exists(above)) && dirname(above) !== above) above = dirname(above);
  if ((await stat(above)).isDirectory() && (await exists(above, constants.W_OK))) return;
  throw new InputError(`${path} cannot be written: ${above} is not a writable folder, name another place`);
}

// The files that `writeCheckpoint`, `writeAutoencoder` and `vfm fit-updates` write into a folder.
const checkpointFiles: readonly string[] = ["checkpoint.json", "model.safetensors", "updates.json"];

/**
 * Checks before the work that a checkpoint can be written: it replaces the whole folder, by renaming in the folder above.
 *
 * @throws InputError as `requireWritable` does, or if the folder holds something other than a checkpoint, or the folder
 *   above it cannot be written
 */
export async function requireCheckpointFolder(path: string): Promise<void> {
  await requireWritable(path, "folder");
  const above = dirname(resolve(path));
  if ((await exists(above)) && !(await exists(above, constants.W_OK)))
    throw new InputError(`${path} cannot be replaced: ${above} is not a writable folder, name another place`);
  await requireReplaceable(path, checkpointFiles);
}

async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
