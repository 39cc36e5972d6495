import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { type ZodType } from "zod";
import { InputError } from "../errors.js";

/** A name beside `path` that no other process uses. */
export function temporaryName(path: string): string {
  return `${path}.tmp-${process.pid}`;
}

/** Writes a file whole or not at all: under a temporary name, then renamed. */
export async function writeFileAtomically(path: string, content: string | Uint8Array): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryName(path);
  await writeFile(temporary, content);
  await rename(temporary, path);
}

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

/** Reads a file. Throws InputError naming it if it cannot be read. */
export async function readInput(path: string): Promise<Buffer> {
  return readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new InputError(`${path} cannot be read (${error.code ?? error.message}): check the path`);
  });
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
