import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type ImageSetName, imageSetNames } from "../node/data/index.js";

/** The folder of this package, from its sources or from dist/: the nearest one above that has a package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The folder of a checkpoint that ships with the package: a model or a classifier, by its data set's name. */
export function shippedCheckpoint(name: ImageSetName | `${ImageSetName}-classifier`): string {
  return join(packageFolder(), "checkpoints", name);
}

/** The data sets that a model ships for. */
export const shippedModels: readonly ImageSetName[] = imageSetNames.filter((name) =>
  existsSync(shippedCheckpoint(name)),
);

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
