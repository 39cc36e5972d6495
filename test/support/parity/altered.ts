import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { hostArray, type HostArray } from "../../../src/array/index.js";
import { encodeSafetensors } from "../../../src/storage/index.js";
import { everyCheck } from "./check.js";
import { type Fixture, fixturesIn, readFixture } from "./fixture.js";
import { type Kind, kinds } from "./kinds.js";

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

/** The first kept fixture of a kind, whatever folder the parity tests read. */
export function original(kind: Kind): Fixture {
  const folder = fileURLToPath(new URL("../../fixtures/parity", import.meta.url));
  return fixturesIn(folder).find((fixture) => fixture.kind === kind) as Fixture;
}

/** Runs a fixture's checks, all or those that compare an array of one of these names. */
export async function runChecks(fixture: Fixture, names?: readonly string[]): Promise<void> {
  for (const { compares, run } of everyCheck(fixture, kinds[fixture.kind as Kind]))
    if (names === undefined || compares.some((name) => names.includes(name))) await run();
}

/** The names of the results that a fixture's checks compare. */
export const compared = (fixture: Fixture): string[] => [
  ...new Set(everyCheck(fixture, kinds[fixture.kind as Kind]).flatMap(({ compares }) => compares)),
];

/** Whether an array of this name is a result. */
export const isResult = (name: string): boolean => name.startsWith("out.");

/** The array of fn(value, index). */
export const map = ({ shape, data }: HostArray, fn: (value: number, i: number) => number): HostArray =>
  hostArray(data.map(fn), shape);
