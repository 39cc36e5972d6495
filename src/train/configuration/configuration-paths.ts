import { isAbsolute, relative, resolve } from "node:path";

/** The entries of a configuration that name a folder, or several; in its data, that is "folder". */
const folderEntries: readonly string[] = ["autoencoderFrom", "initialFrom", "teacher", "updates"];

/**
 * A configuration whose paths no longer depend on the folder of its file, to which they are relative. Modules get
 * absolute paths. Folders inside the working directory get paths relative to that directory, so that the configuration
 * that a run records is the same on every machine.
 */
export function withResolvedPaths(value: unknown, folder: string): unknown {
  return mapEntries(value, (name, child) => {
    if (folderEntries.includes(name)) return folderFrom(folder, child);
    const modules = withModulePaths(child, folder);
    return name === "data"
      ? mapEntries(modules, (key, entry) => (key === "folder" ? folderFrom(folder, entry) : entry))
      : modules;
  });
}

function folderFrom(folder: string, given: unknown): unknown {
  if (Array.isArray(given)) return given.map((one) => folderFrom(folder, one));
  if (typeof given !== "string") return given;
  const path = resolve(folder, given);
  const inside = relative(".", path);
  return inside === "" || inside.startsWith("..") || isAbsolute(inside) ? path : inside;
}

/** JSON in which the paths of modules are absolute. */
function withModulePaths(value: unknown, folder: string): unknown {
  if (Array.isArray(value)) return value.map((item) => withModulePaths(item, folder));
  return mapEntries(value, (name, child) =>
    name === "module" && typeof child === "string" ? resolve(folder, child) : withModulePaths(child, folder),
  );
}

/** An object with its values changed; other values are returned unchanged. */
function mapEntries(value: unknown, change: (name: string, child: unknown) => unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, change(name, child)]));
}
