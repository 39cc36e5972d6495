import { files } from "#files";

/** What stands in files, and files written whole or not at all: Node's on disk; a browser's are read from URLs (see `Files`). */
export const {
  append,
  exists,
  importModule,
  list,
  lock,
  openFile,
  readInput,
  remove,
  writeFolderAtomically,
  writePartsAtomically,
} = files;

/** Writes a file whole or not at all. Throws as `writePartsAtomically` does. */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await writePartsAtomically(path, [typeof content === "string" ? new TextEncoder().encode(content) : content]);
}

// No string of JavaScript's is longer.
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
