import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ImageSetName, imageSetNames } from "../node/data/index.js";
import { packageFolder } from "../platform/node/index.js";

/** The folder of a checkpoint that ships with the package: a model or a classifier, by its data set's name. */
export function shippedCheckpoint(name: ImageSetName | `${ImageSetName}-classifier`): string {
  return join(packageFolder(), "checkpoints", name);
}

/** The data sets that a model ships for. */
export const shippedModels: readonly ImageSetName[] = imageSetNames.filter((name) =>
  existsSync(shippedCheckpoint(name)),
);

/** Images that ship with the package, by name. */
export const shippedImages = ["digit"] as const;

/** The file of an image: the path that is given, or a shipped image's by its name. */
export function imageFile(given: string): string {
  return shippedImages.some((name) => name === given) ? join(packageFolder(), "assets", `${given}.png`) : given;
}

/** The package's version. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as { version: string };
  return version;
}
