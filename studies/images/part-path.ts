import { join } from "node:path";

/** The path of the file of a cell, of the picture beside it, or of other data of a problem. */
export function partPath(folder: string, kind: string, ...names: readonly string[]): string {
  return join(folder, "parts", `${names.join(".")}.${kind}`);
}
