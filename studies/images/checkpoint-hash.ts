import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { type HostArray, namedLeaves, type Tree } from "../../src/array/index.js";
import { readInput } from "../../src/storage/index.js";

const hashLength = 12;

/** The files that determine a checkpoint's samples: its parameters, and their update on the observation. */
const files = ["model.safetensors", "updates.json"];

/**
 * A short hash of a checkpoint's files, by which results of different checkpoints are told apart.
 *
 * @throws InputError if a file cannot be read
 */
export async function checkpointHash(folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const name of files) {
    const path = join(folder, name);
    if (existsSync(path)) hash.update(name).update(await readInput(path));
  }
  return hash.digest("hex").slice(0, hashLength);
}

/** A short hash of the parameters of one network of a checkpoint. */
export function parametersHash(parameters: Tree<HostArray>): string {
  const hash = createHash("sha256");
  for (const { name, array } of namedLeaves(parameters))
    hash
      .update(`${name} ${array.shape.join()}`)
      .update(new Uint8Array(array.data.buffer, array.data.byteOffset, array.data.byteLength));
  return hash.digest("hex").slice(0, hashLength);
}
