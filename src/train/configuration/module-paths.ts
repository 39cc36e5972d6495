import { resolve } from "node:path";

/** JSON in which the paths of modules are absolute: those given are relative to `folder`. */
export function withModulePaths(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withModulePaths(item, folder));
  if (typeof value !== "object" || value === null) return value;
  const entry = ([key, child]: [string, unknown]): [string, unknown] => [
    key,
    key === "module" && typeof child === "string" ? resolve(folder, child) : withModulePaths(child, folder),
  ];
  return Object.fromEntries(Object.entries(value).map(entry));
}
