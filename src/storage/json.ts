import { type ZodType } from "zod";
import { InputError } from "../errors.js";
import { quoted } from "../quoted-text.js";
import { readText } from "./files.js";
import { foreignStart, requireNoForeignFile } from "./foreign-file.js";

/** What a parser says of a text quotes parts of it. */
const longestReason = 300;

/** Reads a JSON file and checks it. Throws InputError naming the file and the first entry that does not fit. */
export async function readJson<T>(path: string, schema: ZodType<T>): Promise<T> {
  return parseWith(schema, parseJson(await readText(path), path), path);
}

/** Parses JSON text. Throws InputError naming `source` if it is not JSON. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    requireNoForeignFile(new TextEncoder().encode(text.slice(0, foreignStart)), source);
    throw new InputError(`${source} is not JSON: ${quoted((error as Error).message, longestReason)}`);
  }
}

/** Checks a value against a schema. Throws InputError naming `source` and the first entry that does not fit. */
export function parseWith<T>(schema: ZodType<T>, value: unknown, source: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = quoted(issue.path.map(String).join("."));
  throw new InputError(`${source}: ${place === "" ? "" : `${place}: `}${quoted(issue.message, longestReason)}`);
}

/** Whether two values are the same as JSON: an entry that is undefined is none, and the order of keys does not matter. */
export function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [first, second] = [a, b] as Readonly<Record<string, unknown>>[];
  return Object.keys({ ...first, ...second }).every((key) => sameJson(first[key], second[key]));
}
