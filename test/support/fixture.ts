import { readFileSync } from "node:fs";
import { hostArray, type HostArray, sizeOf } from "../../src/array/index.js";

/** Arrays and configuration of one of the files in test/fixtures/parity. */
export interface Fixture {
  /** What the metadata say of the model, the seeds and the checks. */
  config: Readonly<Record<string, unknown>>;
  /** The array of this name. */
  get(name: string): HostArray;
  /** The array of this name as integers. */
  integers(name: string): HostArray;
  /** All arrays whose names start with `prefix`, by the rest of their names. */
  under(prefix: string): Map<string, HostArray>;
}

interface Entry {
  shape: number[];
  data_offsets: [number, number];
}

/** Reads a safetensors file of float32 arrays whose metadata hold a JSON configuration. */
export function readFixture(name: string): Fixture {
  const bytes = readFileSync(new URL(`../fixtures/parity/${name}.safetensors`, import.meta.url));
  const start = 8 + Number(bytes.readBigUInt64LE(0));
  const { __metadata__: metadata, ...entries } = JSON.parse(bytes.toString("utf8", 8, start)) as {
    __metadata__: { config: string };
  } & Record<string, Entry>;
  const get = (key: string): HostArray => {
    const { shape, data_offsets } = entries[key];
    const values = bytes.subarray(start + data_offsets[0], start + data_offsets[1]);
    return hostArray(new Float32Array(new Uint8Array(values).buffer, 0, sizeOf(shape)), shape);
  };
  return {
    config: JSON.parse(metadata.config) as Fixture["config"],
    get,
    integers: (key) => {
      const { shape, data } = get(key);
      return hostArray(Int32Array.from(data), shape);
    },
    under: (prefix) =>
      new Map(
        Object.keys(entries)
          .filter((key) => key.startsWith(prefix))
          .map((key) => [key.slice(prefix.length), get(key)]),
      ),
  };
}
