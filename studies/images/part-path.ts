import { join } from "node:path";

/** The file of a cell, of the picture beside it, or of a problem's own things. */
export function partPath(folder: string, kind: string, ...names: readonly string[]): string {
  return join(folder, "parts", `${names.join(".")}.${kind}`);
}
