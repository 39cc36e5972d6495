import { readdirSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { hostArray, type HostArray, mapHostTree, namedLeaves, sizeOf, type Tree } from "../../../src/array/index.js";

/** Numbers that the published code computed, with the configuration that it computed them for. */
export interface Fixture {
  /** The file's path in its folder. */
  file: string;
  /** Which part of the published code they are of: "dmft", "adapter", ... */
  kind: string;
  /** What the metadata say of the model, the seeds and the checks. */
  config: Readonly<Record<string, unknown>>;
  /** The names of all arrays that start with `prefix`. */
  names(prefix: string): string[];
  /** Whether there is an array of this name. */
  has(name: string): boolean;
  /** The array of this name. */
  get(name: string): HostArray;
  /** The array of this name as integers. */
  integers(name: string): HostArray;
  /** All arrays whose names start with `prefix`, by the rest of their names. */
  under(prefix: string): Map<string, HostArray>;
}

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: [number, number];
}

/** The folder of fixtures: another one with files of the same kinds can be named by VFM_PARITY_DIR. */
export const parityFolder =
  process.env.VFM_PARITY_DIR ?? fileURLToPath(new URL("../../fixtures/parity", import.meta.url));

/** All fixtures of a folder and the folders in it, whatever their files are called. */
export function fixturesIn(folder: string): Fixture[] {
  const files = readdirSync(resolve(folder), { recursive: true, encoding: "utf8" });
  const fixtures = files
    .filter((name) => name.endsWith(".safetensors"))
    .sort()
    .map((name) => readFixture(folder, name));
  if (fixtures.length === 0) throw new Error(`${folder} holds no fixture (*.safetensors)`);
  return fixtures;
}

/** Reads a safetensors file of float32 arrays whose metadata hold a JSON configuration. */
export function readFixture(folder: string, file: string): Fixture {
  const bytes = readFileSync(resolve(folder, file));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(bytes.toString("utf8", 8, start)) as {
    __metadata__?: { config?: string };
  } & Record<string, Entry>;
  if (metadata?.config === undefined) throw new Error(`${file} has no configuration in its metadata: it is no fixture`);
  const config = JSON.parse(metadata.config) as Fixture["config"];
  const names = (prefix: string): string[] => Object.keys(entries).filter((name) => name.startsWith(prefix));
  const get = (name: string): HostArray => {
    if (!Object.hasOwn(entries, name)) throw new Error(`${file} has no array "${name}"`);
    const { dtype, shape, data_offsets } = entries[name];
    if (dtype !== "F32") throw new Error(`${file}: "${name}" is ${dtype}, fixtures hold F32`);
    const values = bytes.subarray(start + data_offsets[0], start + data_offsets[1]);
    return hostArray(new Float32Array(new Uint8Array(values).buffer, 0, sizeOf(shape)), shape);
  };
  return {
    file,
    kind: String(config.kind),
    config,
    names,
    has: (name) => Object.hasOwn(entries, name),
    get,
    integers: (name) => {
      const { shape, data } = get(name);
      return hostArray(Int32Array.from(data), shape);
    },
    under: (prefix) => new Map(names(prefix).map((name) => [name.slice(prefix.length), get(name)])),
  };
}

/**
 * Weights in the form of `template`, by their published names after `prefix`: all must be there, and no other but the table of
 * positions, which is no parameter.
 */
export function publishedWeights<T extends Tree<HostArray>>(template: T, fixture: Fixture, prefix: string): T {
  const wanted = new Set(namedLeaves(template).map(({ name }) => `${prefix}${name}`));
  const unknown = fixture.names(prefix).find((name) => !wanted.has(name) && name !== `${prefix}pos_embed`);
  if (unknown !== undefined) throw new Error(`${fixture.file}: the network has no parameter "${unknown}"`);
  return mapHostTree(template, ({ shape }, name) => {
    const weight = fixture.get(`${prefix}${name}`);
    if (weight.shape.join() !== shape.join())
      throw new Error(`${fixture.file}: "${prefix}${name}" is [${weight.shape.join()}], ours [${shape.join()}]`);
    return weight;
  });
}
