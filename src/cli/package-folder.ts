import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of this package, from its sources or from dist/: the nearest one above that has a package.json. */
export function packageFolder(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json")) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}

/** The folder of a checkpoint that ships with the package. */
export function shippedCheckpoint(
  name: "mnist" | "mnist-frozen" | "mnist-classifier" | "fashion-mnist-classifier",
): string {
  return join(packageFolder(), "checkpoints", name);
}

/** The package's version. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(join(packageFolder(), "package.json"), "utf8")) as { version: string };
  return version;
}
