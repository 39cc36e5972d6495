import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { InputError } from "../../errors.js";

/** The folder of this package, from its sources or from dist/: the nearest parent folder with a package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/**
 * The folder of a model: the given folder, or if it does not exist, that of the shipped model with this name.
 *
 * @throws InputError if the name is neither that of a folder nor that of a shipped model
 */
export function modelFolder(given: string): string {
  if (!/^[a-z0-9-]+$/.test(given) || existsSync(given)) return given;
  const checkpoints = join(packageFolder(), "checkpoints");
  const shipped = join(checkpoints, given);
  if (existsSync(shipped)) return shipped;
  const names = readdirSync(checkpoints).filter((name) => !name.endsWith("-classifier"));
  throw new InputError(`there is no folder "${given}", and the shipped models are ${names.join(", ")}`);
}
