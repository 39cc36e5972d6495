import { mkdir, readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { join } from "node:path";

const folder = fileURLToPath(new URL("../fixtures/golden", import.meta.url));

/** Reads what `writeGolden` wrote under this name. */
export async function readGolden<T>(name: string): Promise<Record<string, T>> {
  return JSON.parse(await readFile(join(folder, `${name}.json`), "utf8")) as Record<string, T>;
}

/** Keeps values under a name, an entry a line. */
export async function writeGolden(name: string, values: Readonly<Record<string, unknown>>): Promise<void> {
  const entries = Object.entries(values).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, `${name}.json`), `{\n${entries.join(",\n")}\n}\n`);
}
