import { z } from "zod";
import { InputError } from "../errors.js";
import { copy, exists, joinPath, list, sha256, writeFileAtomically, writeFolderAtomically } from "./files.js";
import { readJson } from "./json.js";

/** The file of a folder with the checksums of its files: the SHA-256 of each, by name, in hexadecimal digits. */
export const checksumsFile = "checksums.json";

const schema = z.strictObject({ format: z.literal(1), sha256: z.record(z.string(), z.string().length(64)) });

/**
 * Writes a folder atomically, with the checksum of each file. An earlier version of the folder is replaced.
 *
 * @param fill writes the files into a temporary folder
 * @throws InputError if the folder holds other files, which would be lost; the errors of `writeFolderAtomically`
 */
export async function writeBoundFolder(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  await writeFolderAtomically(path, async (temporary) => {
    await fill(temporary);
    await writeChecksums(temporary);
    await requireReplaceable(path, await list(temporary));
  });
}

// File managers put these into folders that they show, also while a run trains.
const ofFileManagers: readonly string[] = [".DS_Store", "Thumbs.db", "desktop.ini"];

/**
 * Checks that a folder can be replaced by one with these files.
 *
 * @throws InputError if it has an entry that is neither written anew nor named in its checksums
 */
export async function requireReplaceable(folder: string, written: readonly string[]): Promise<void> {
  const replaced = [...written, checksumsFile, ...ofFileManagers];
  const others = (await list(folder)).filter((name) => !replaced.includes(name));
  if (others.length === 0) return;
  const sums = joinPath(folder, checksumsFile);
  const known = (await exists(sums)) ? (await readJson(sums, schema)).sha256 : {};
  const other = others.find((name) => !Object.hasOwn(known, name));
  if (other !== undefined)
    throw new InputError(
      `${folder} holds ${other}, and a checkpoint replaces its folder: name an empty or a new folder`,
    );
}

/** Adds or replaces a file of a folder together with its checksum, atomically. */
export async function writeIntoBoundFolder(folder: string, name: string, content: string): Promise<void> {
  const left = [name, checksumsFile, ...ofFileManagers];
  const others = (await list(folder)).filter((other) => !left.includes(other));
  for (const other of others) await checkFile(folder, other);
  await writeBoundFolder(folder, async (temporary) => {
    for (const other of others) await copy(joinPath(folder, other), joinPath(temporary, other));
    await writeFileAtomically(joinPath(temporary, name), content);
  });
}

/** Writes the checksums of the files of a folder. */
export async function writeChecksums(folder: string): Promise<void> {
  const names = (await list(folder)).filter((name) => name !== checksumsFile).sort();
  const sums: Record<string, string> = {};
  for (const name of names) sums[name] = await sha256(joinPath(folder, name));
  await writeFileAtomically(
    joinPath(folder, checksumsFile),
    `${JSON.stringify({ format: 1, sha256: sums }, null, 2)}\n`,
  );
}

/**
 * Checks the checksum of a file in a folder. Folders without checksums, which earlier versions wrote, are accepted.
 *
 * @throws InputError if the file is damaged, changed, of another folder, or missing
 */
export async function checkFile(folder: string, name: string): Promise<void> {
  const sums = joinPath(folder, checksumsFile);
  if (!(await exists(sums))) return;
  const { sha256: known } = await readJson(sums, schema);
  const path = joinPath(folder, name);
  const isBound = Object.hasOwn(known, name);
  if (!(await exists(path))) {
    if (isBound) throw new InputError(`${path} is missing, although ${sums} names it: copy the folder again`);
    return;
  }
  if (!isBound) throw new InputError(`${path} is not named in ${sums}: it is not a file of this folder`);
  if (!("subtle" in globalThis.crypto)) return;
  if ((await sha256(path)) !== known[name])
    throw new InputError(`${path} is damaged, or belongs to another folder: its checksum is not that in ${sums}`);
}
