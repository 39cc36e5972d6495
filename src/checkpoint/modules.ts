import { z } from "zod";
import { InputError } from "../errors.js";
import { parseWith, shownValue } from "../schema.js";
import { moduleEntries } from "../models/index.js";
import { exists, importModule } from "../storage/index.js";

const moduleSchema = z.object(moduleEntries);

/** Names a user's own object. */
export type ModuleReference = z.output<typeof moduleSchema>;

/** A module reference, if an entry is one. */
export function moduleReference(entry: Readonly<Record<string, unknown>>): ModuleReference | undefined {
  if (!("module" in entry)) return undefined;
  return parseWith(moduleSchema, entry, `the module ${shownValue(entry.module)}`);
}

/**
 * The object that a module exports, or that its exported function returns for the options.
 *
 * @param what the kind of object, for messages, e.g. "forward operator"
 * @param members the members that the object must have, with their types
 * @throws InputError if the file is missing or does not load, has no such export, or the object lacks a member
 */
export async function loadExport(
  { module: path, export: name, options }: ModuleReference,
  what: string,
  members: Readonly<Record<string, "function" | "number" | "object">>,
): Promise<unknown> {
  if (!(await exists(path))) throw new InputError(`${path} does not exist: "module" is relative to the configuration`);
  const exported = await importFile(path);
  if (!Object.hasOwn(exported, name))
    throw new InputError(`${path} has no export "${name}": it has ${Object.keys(exported).join(", ") || "none"}`);
  const place = `${path}, export "${name}"`;
  const value = await called(exported[name], options, place);
  const lacking = Object.entries(members).find(([member, type]) => {
    if (typeof value !== "object" || value === null) return true;
    const its: unknown = Reflect.get(value, member);
    return its === null || typeof its !== type;
  });
  if (lacking !== undefined)
    throw new InputError(
      `${place} is not a valid ${what}: it has no ${lacking[0]}${lacking[1] === "function" ? "()" : ""}`,
    );
  return value;
}

async function importFile(path: string): Promise<Record<string, unknown>> {
  try {
    return { ...(await importModule(path)) };
  } catch (error) {
    throw new InputError(`${path} cannot be loaded: ${firstLine(error)}`);
  }
}

async function called(exported: unknown, options: unknown, place: string): Promise<unknown> {
  if (typeof exported !== "function") return exported;
  try {
    return await (exported as (options: unknown) => unknown)(options);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(`${place} failed: ${firstLine(error)}`);
  }
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split("\n", 1)[0];
}
