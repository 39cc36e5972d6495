import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, from its sources or from dist/: the nearest parent folder with a package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

const checkpointsFolder = (): string => join(packageFolder(), "checkpoints");

/** The folder of a model: the given folder, or if it does not exist, that of the shipped model with this name. */
export function modelFolder(given: string): string {
  const shipped = join(checkpointsFolder(), given);
  return /^[a-z0-9-]+$/.test(given) && !existsSync(given) && existsSync(shipped) ? shipped : given;
}

/** The names of the shipped models. */
export function shippedModels(): string[] {
  return readdirSync(checkpointsFolder()).filter((name) => !name.endsWith("-classifier"));
}
