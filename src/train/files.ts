import { mkdir, rename, rm } from "node:fs/promises";
import { type ZodType } from "zod";
import { InputError } from "../errors.js";
import { readInput, temporaryName } from "../files.js";

export { writeFileAtomically } from "../files.js";

/**
 * Writes a folder whole or not at all: `fill` writes into a temporary folder that is then renamed to `path`.
 * A folder that stands there is replaced.
 */
export async function writeFolderAtomically(path: string, fill: (folder: string) => Promise<void>): Promise<void> {
  const temporary = temporaryName(path);
  await rm(temporary, { recursive: true, force: true });
  await mkdir(temporary, { recursive: true });
  await fill(temporary);
  const replaced = `${temporary}-replaced`;
  await rm(replaced, { recursive: true, force: true });
  await rename(path, replaced).catch(ignoreMissing);
  await rename(temporary, path);
  await rm(replaced, { recursive: true, force: true });
}

/** Reads a JSON file and checks it. Throws InputError naming the file and the first entry that does not fit. */
export async function readJson<T>(path: string, schema: ZodType<T>): Promise<T> {
  const text = (await readInput(path)).toString("utf8");
  return parseWith(schema, parseJson(text, path), path);
}

/** Parses JSON text. Throws InputError naming `source` if it is not JSON. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(`${source} is not JSON: ${(error as Error).message.replaceAll("\n", " ")}`);
  }
}

/** Checks a value against a schema. Throws InputError naming `source` and the first entry that does not fit. */
export function parseWith<T>(schema: ZodType<T>, value: unknown, source: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue.path.map(String).join(".");
  throw new InputError(`${source}: ${place === "" ? "" : `${place}: `}${issue.message.replaceAll("\n", " ")}`);
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== "ENOENT") throw error;
}
