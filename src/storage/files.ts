import { files } from "#files";

/** Reading of files and atomic writing: in Node on disk; in a browser files are read from URLs (see `Files`). */
export const {
  append,
  copy,
  exists,
  importModule,
  list,
  lock,
  openFile,
  readInput,
  remove,
  sha256,
  writeFolderAtomically,
  writePartsAtomically,
} = files;

/** Writes a file atomically. Throws as `writePartsAtomically` does. */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await writePartsAtomically(path, [typeof content === "string" ? new TextEncoder().encode(content) : content]);
}

// No JavaScript string is longer.
const longestText = 2 ** 29 - 24;

/** Reads a text file (UTF-8). Throws InputError naming the file if it cannot be read or is longer than a string can be. */
export async function readText(path: string): Promise<string> {
  return new TextDecoder().decode(await readInput(path, undefined, longestText));
}

/** The path, or the URL, of a file in a folder. */
export function joinPath(folder: string, ...names: readonly string[]): string {
  return names.reduce(
    (path, name) => (path === "" || path.endsWith("/") ? `${path}${name}` : `${path}/${name}`),
    folder,
  );
}
