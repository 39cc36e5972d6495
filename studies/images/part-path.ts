import { join } from "node:path";

/** The folder of a benchmark's cells and pictures. */
export function partsFolder(folder: string): string {
  return join(folder, "parts");
}

/** The path of the file of a cell, of the picture beside it, or of other data of a problem. */
export function partPath(folder: string, kind: string, ...names: readonly string[]): string {
  return join(partsFolder(folder), `${names.join(".")}.${kind}`);
}
