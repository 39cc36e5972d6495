import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, parse, relative } from "node:path";
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

/** The folder of the 32 x 32 colour photographs that ship with the package. No model was trained on them. */
export const photographsFolder = (): string => join(packageFolder(), "assets", "photographs");

const imageFiles: ReadonlyMap<string, string> = new Map(
  [
    join(packageFolder(), "assets", "digit.png"),
    ...readdirSync(photographsFolder())
      .filter((file) => file.endsWith(".png"))
      .map((file) => join(photographsFolder(), file)),
  ].map((path) => [parse(path).name, path]),
);

/** Images that ship with the package, by name. */
export const shippedImages: readonly string[] = [...imageFiles.keys()];

/** The file of an image: the path that is given, or a shipped image's by its name. */
export function imageFile(given: string): string {
  return imageFiles.get(given) ?? given;
}

/** The package's version. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as { version: string };
  return version;
}

/** A path relative to the package, if it lies there: results that are kept name no folder of a machine. */
export function inPackage(path: string): string {
  const own = relative(packageFolder(), path);
  return own.startsWith("..") ? path : own;
}
