import { constants, rmSync } from "node:fs";
import { access, mkdir, readdir, rename, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { InputError } from "../errors.js";
import { temporaryName, writeError } from "../platform/node/index.js";

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
  const remove = (): void => rmSync(temporary, { recursive: true, force: true });
  signal.throwIfAborted();
  signal.addEventListener("abort", remove);
  try {
    await writing(mkdir(temporary, { recursive: true }));
    await fill(temporary);
    signal.throwIfAborted();
    await writing(mkdir(folder, { recursive: true }));
    for (const name of await readdir(temporary)) await writing(rename(join(temporary, name), join(folder, name)));
  } finally {
    signal.removeEventListener("abort", remove);
    remove();
  }
}

/**
 * Checks before the work that its result can be written.
 *
 * @param kind what is to stand at `path`
 * @throws InputError if something of another kind stands there, or the folder above it cannot be written
 */
export async function requireWritable(path: string, kind: "file" | "folder"): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && found.isDirectory() !== (kind === "folder"))
    throw new InputError(`${path} cannot be written: a ${kind === "file" ? "folder" : "file"} stands there`);
  let above = kind === "folder" ? resolve(path) : dirname(resolve(path));
  while (!(await exists(above)) && dirname(above) !== above) above = dirname(above);
  if ((await stat(above)).isDirectory() && (await exists(above, constants.W_OK))) return;
  throw new InputError(`${path} cannot be written: ${above} is not a folder that can be written to`);
}

async function exists(path: string, mode = constants.F_OK): Promise<boolean> {
  return access(path, mode).then(
    () => true,
    () => false,
  );
}
