import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type HostArray } from "../../../src/array/index.js";
import { encodeSafetensors } from "../../../src/storage/index.js";
import { type Fixture, readFixture } from "./fixture.js";

/** What is to be otherwise in a copy of a fixture. */
export interface Alteration {
  /** Whether an array stays; all if not given. */
  keep?: (name: string) => boolean;
  /** Arrays that are added, or take the place of those of the same names. */
  arrays?: Readonly<Record<string, HostArray>>;
  /** Entries of the configuration that are added or replaced. */
  config?: Readonly<Record<string, unknown>>;
}

/** Writes an altered copy of a fixture to `file` in `folder`, and reads it. */
export function alteredCopy(
  original: Fixture,
  folder: string,
  file: string,
  { keep = () => true, arrays = {}, config = {} }: Alteration,
): Fixture {
  const kept = original.names("").filter(keep);
  const tensors = new Map(kept.map((name) => [name, original.get(name)]));
  for (const [name, array] of Object.entries(arrays)) tensors.set(name, array);
  const metadata = { config: JSON.stringify({ ...original.config, ...config }) };
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, encodeSafetensors(tensors, { metadata }));
  return readFixture(folder, file);
}
