import { type ZodType } from "zod";
import { InputError } from "../errors.js";
import { parseWith } from "../schema.js";
import { readText } from "./files.js";
import { foreignStart, requireNoForeignFile } from "./foreign-file.js";
import { jsonFault } from "./json-fault.js";

/** Reads and validates a JSON file. Throws InputError naming the file and the first entries that are wrong. */
export async function readJson<T>(path: string, schema: ZodType<T>): Promise<T> {
  return parseWith(schema, parseJson(await readText(path), path), path);
}

/** Parses JSON text. If it is invalid, throws InputError naming `source`, the line and the column. */
export function parseJson(text: string, source: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    requireNoForeignFile(new TextEncoder().encode(text.slice(0, foreignStart)), source);
    const fault = jsonFault(text);
    const where = fault === undefined ? "" : ` at line ${fault.line}, column ${fault.column}`;
    throw new InputError(
      `${source} is not JSON: ${fault?.ends === true ? "it ends too early" : "it cannot be parsed"}${where}`,
    );
  }
}

/**
 * Whether two values are equal as JSON: an undefined entry counts as missing, and the order of keys does not matter.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return Object.is(a, b);
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [first, second] = [a, b] as Readonly<Record<string, unknown>>[];
  return Object.keys({ ...first, ...second }).every((key) => sameJson(first[key], second[key]));
}
