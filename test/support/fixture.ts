import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { hostArray, type HostArray, mapHostTree, namedLeaves, sizeOf, type Tree } from "../../src/array/index.js";

/** Numbers that the published code computed, with the configuration that it computed them for. */
export interface Fixture {
  /** The file's name without its folder. */
  file: string;
  /** What the metadata say of the model, the seeds and the checks. */
  config: Readonly<Record<string, unknown>>;
  /** Whether there is an array of this name. */
  has(name: string): boolean;
  /** The array of this name. */
  get(name: string): HostArray;
  /** The array of this name as integers. */
  integers(name: string): HostArray;
  /** All arrays whose names start with `prefix`, by the rest of their names. */
  under(prefix: string): Map<string, HostArray>;
  /** The names of the results ("out.") that were not read yet. */
  unread(): string[];
}

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}

/** The folder of fixtures: another one with files of the same kinds can be named by VFM_PARITY_DIR. */
const folder = process.env.VFM_PARITY_DIR ?? fileURLToPath(new URL("../fixtures/parity", import.meta.url));

/** The fixtures of one kind ("dmft", "sit", ...), whatever their files are called. */
export function fixturesOf(kind: string): Fixture[] {
  const files = readdirSync(resolve(folder)).filter((name) => name.endsWith(".safetensors"));
  const found = files
    .sort()
    .map(readFixture)
    .filter(({ config }) => config.kind === kind);
  if (found.length === 0) throw new Error(`${folder} has no fixture of kind "${kind}"`);
  return found;
}

/** Reads a safetensors file of float32 arrays whose metadata hold a JSON configuration. */
function readFixture(file: string): Fixture {
  const bytes = readFileSync(resolve(folder, file));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(bytes.toString("utf8", 8, start)) as {
    __metadata__: { config: string };
  } & Record<string, Entry>;
  const unread = new Set(Object.keys(entries).filter((name) => name.startsWith("out.")));
  const get = (name: string): HostArray => {
    if (!Object.hasOwn(entries, name)) throw new Error(`${file} has no array "${name}"`);
    unread.delete(name);
    const { shape, data_offsets } = entries[name];
    const values = bytes.subarray(start + data_offsets[0], start + data_offsets[1]);
    return hostArray(new Float32Array(new Uint8Array(values).buffer, 0, sizeOf(shape)), shape);
  };
  return {
    file,
    config: JSON.parse(metadata.config) as Fixture["config"],
    has: (name) => Object.hasOwn(entries, name),
    get,
    integers: (name) => {
      const { shape, data } = get(name);
      return hostArray(Int32Array.from(data), shape);
    },
    under: (prefix) =>
      new Map(
        Object.keys(entries)
          .filter((name) => name.startsWith(prefix))
          .map((name) => [name.slice(prefix.length), get(name)]),
      ),
    unread: () => [...unread],
  };
}

/** Weights in the form of `template`, by their published names after `prefix`: all must be there, and no other. */
export function publishedWeights<T extends Tree<HostArray>>(template: T, fixture: Fixture, prefix: string): T {
  const weights = fixture.under(prefix);
  // The table is not a parameter: a test of its own compares it.
  weights.delete("pos_embed");
  const names = namedLeaves(template).map(({ name }) => name);
  expect([...weights.keys()].sort()).toEqual(names.sort());
  return mapHostTree(template, ({ shape }, name) => {
    const weight = fixture.get(`${prefix}${name}`);
    expect(weight.shape, name).toEqual(shape);
    return weight;
  });
}
