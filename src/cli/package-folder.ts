import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, from its sources or from dist/: the nearest one above that has a package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The models that ship with the package. */
export const shippedModels = ["mnist", "fashion-mnist"] as const;

/** The folder of a checkpoint that ships with the package. */
export function shippedCheckpoint(name: (typeof shippedModels)[number] | `${string}-classifier`): string {
  return join(packageFolder(), "checkpoints", name);
}

/** The folder of a checkpoint from what was given: a folder, or the name of a shipped model where no such folder is. */
export function checkpointFolder(given: string): string {
  const shipped = shippedModels.find((name) => name === given);
  return shipped === undefined || existsSync(given) ? given : shippedCheckpoint(shipped);
}

/** The package's version. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as { version: string };
  return version;
}
