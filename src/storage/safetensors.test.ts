import fc from "fast-check";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostArray, hostArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { decodeMetadata, decodeSafetensors, encodeSafetensors, readTree, writeTree } from "./safetensors.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-safetensors-"));
});
afterAll(() => rm(folder, { recursive: true }));

const shape = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 });
const tensor = shape.chain((lengths): fc.Arbitrary<HostArray> => {
  const size = lengths.reduce((product, length) => product * length, 1);
  const fixed = { minLength: size, maxLength: size };
  return fc.oneof(
    fc.array(fc.float(), fixed).map((values) => hostArray(Float32Array.from(values), lengths)),
    fc.array(fc.integer(), fixed).map((values) => hostArray(Int32Array.from(values), lengths)),
  );
});
const name = fc
  .string({ minLength: 1, maxLength: 8 })
  .filter((text) => text !== "__metadata__" && text !== "__proto__");

/** A file with this header and this many bytes of data. */
function file(header: unknown, dataBytes: number, headerLength?: number): Uint8Array {
  const json = Buffer.from(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = Buffer.alloc(8 + json.length + dataBytes);
  bytes.writeBigUInt64LE(BigInt(headerLength ?? json.length));
  json.copy(bytes, 8);
  return bytes;
}
const entry = (begin: number, end: number, lengths = [(end - begin) / 4], dtype = "F32") => ({
  dtype,
  shape: lengths,
  data_offsets: [begin, end],
});

const part = (begin: number): string => JSON.stringify(entry(begin, begin + 4));
const manyEntries = Array.from({ length: 100_001 }, (_, i) => `"${i}":{}`).join();
/** The first bytes of a file whose header would be this long. */
function hugeHeader(length: bigint): Uint8Array {
  const bytes = Buffer.alloc(16);
  bytes.writeBigUInt64LE(length);
  return bytes;
}

describe("safetensors", () => {
  it("gives back every array that was encoded", () => {
    fc.assert(
      fc.property(fc.dictionary(name, tensor, { maxKeys: 5 }), (tensors) => {
        const map = new Map(Object.entries(tensors));
        expect(decodeSafetensors(encodeSafetensors(map), "x")).toEqual(map);
      }),
    );
  });

  it("refuses a file cut off anywhere", () => {
    const whole = encodeSafetensors(new Map([["weight", hostArray([1, 2, 3], [3])]]));
    for (let length = 0; length < whole.length; length++)
      expect(() => decodeSafetensors(whole.subarray(0, length), "cut.safetensors")).toThrow(InputError);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["too short", new Uint8Array(3), /only 3 bytes/],
    ["header longer than the file", file({}, 0, 1000), /header truncated/],
    ["header not JSON", file("{not json", 0), /header is not JSON/],
    ["header not an object", file("[1]", 0), /header/],
    ["overlap", file({ a: entry(0, 8), b: entry(4, 12) }, 12), /tensor b overlaps/],
    ["beyond the file", file({ a: entry(0, 16) }, 8), /tensor a ends beyond/],
    ["gap", file({ a: entry(0, 4), b: entry(8, 12) }, 12), /belong to no tensor/],
    ["trailing bytes", file({ a: entry(0, 4) }, 8), /4 bytes at the end/],
    ["size against shape", file({ a: entry(0, 8, [3]) }, 8), /tensor a has 8 bytes, its shape \[3\] needs 12/],
    ["dtype", file({ a: entry(0, 8, [1], "C64") }, 8), /tensor a is C64, which cannot be read/],
    ["dtype of no format", file({ a: entry(0, 8, [1], "F\u001b[31m") }, 8), /tensor a is F\\u001b\[31m, which/],
    [
      "end before begin",
      file({ a: entry(0, 4), b: { ...entry(4, 8), data_offsets: [4, 0] } }, 4),
      /tensor b ends before/,
    ],
    ["key twice", file(`{"a":${part(0)},"a":${part(4)}}`, 8), /header has the key "a" twice/],
    ["type twice", file(`{"a":{"dtype":"F32","dtype":"I32","shape":[1],"data_offsets":[0,4]}}`, 4), /"dtype" twice/],
    ["metadata twice", file(`{"__metadata__":{},"__metadata__":{},"a":${part(0)}}`, 4), /"__metadata__" twice/],
    ["length beyond counting", hugeHeader(2n ** 64n - 1n), /header truncated \(18446744073709551615 bytes long/],
    ["length beyond the format", hugeHeader(100_000_001n), /header truncated \(100000001 bytes long/],
    ["shape beyond counting", file({ a: entry(0, 8, [2 ** 53 - 1, 2 ** 53 - 1]) }, 8), /tensor a has 8 bytes/],
    ["web page", Buffer.from("\n<!DOCTYPE html>\n<html><body>Not found</body></html>"), /is an HTML page/],
    ["pointer", Buffer.from("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"), /git lfs pull/],
    ["a shape without end", file({ a: entry(0, 4, new Array<number>(65).fill(1)) }, 4), /tensor a has 65 axes/],
    ["entries without end", file(`{${manyEntries}}`, 0), /header has 100001 entries/],
    ["a tensor that is null", file({ a: null }, 0), /tensor a/],
    ["nesting without end", file("[".repeat(4_000_000), 0), /header is not JSON/],
    ["negative offset", file({ a: entry(-4, 4, [2]) }, 8), /tensor a: data_offsets/],
    ["no shape", file({ a: { dtype: "F32", data_offsets: [0, 4] } }, 4), /tensor a: shape/],
  ])("refuses %s in one line naming the file", (_, bytes, message) => {
    const decode = (): unknown => decodeSafetensors(bytes, "m.safetensors");
    expect(decode).toThrow(InputError);
    expect(decode).toThrow(message);
    expect(decode).toThrow(/^m\.safetensors[^\n]*$/);
  });

  it("accepts foreign metadata and arrays listed in another order", () => {
    const bytes = file({ __metadata__: { format: "pt" }, b: entry(4, 8), a: entry(0, 4) }, 8);
    expect([...decodeSafetensors(bytes, "x").keys()]).toEqual(["a", "b"]);
  });

  it("reads a tensor called __proto__", () => {
    const bytes = file(`{"__proto__":${part(0)}}`, 4);
    expect([...decodeSafetensors(bytes, "x").keys()]).toEqual(["__proto__"]);
  });

  it("passes over tensors that are not wanted, whatever their types", () => {
    const other = ["U16", "U32", "U64", "F8_E4M3", "F8_E5M2", "BOOL", "C64", "F6_E2M3"];
    const bytes = { U16: 2, U32: 4, U64: 8, C64: 8 } as Readonly<Record<string, number>>;
    let end = 4;
    const entries = other.map((dtype) => {
      const begin = end;
      end += 4 * (bytes[dtype] ?? 1);
      return [dtype, entry(begin, end, [4], dtype)];
    });
    const whole = file({ a: entry(0, 4), ...Object.fromEntries(entries) }, end);
    whole.fill(0xff, whole.length - end + 4);
    expect([...decodeSafetensors(whole, "x", (name) => name === "a").keys()]).toEqual(["a"]);
    expect(() => decodeSafetensors(whole, "x", (name) => name === "U64")).toThrow(
      "x: tensor U64 holds 18446744073709551615 at place 0",
    );
  });

  it("survives random damage with an InputError or a well-formed result", () => {
    const whole = encodeSafetensors(new Map([["weight", hostArray([1, 2, 3], [3])]]));
    fc.assert(
      fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (place, change) => {
        const damaged = Uint8Array.from(whole);
        damaged[place] ^= change;
        try {
          for (const { shape, data } of decodeSafetensors(damaged, "x").values())
            expect(data.length).toBe(shape.reduce((product, length) => product * length, 1));
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
        }
      }),
    );
  });
});

describe("trees in files", () => {
  const tree = {
    blocks: [{ weight: hostArray([1, 2], [2]) }, { weight: hostArray([3, 4], [2]) }],
    bias: hostArray([5], []),
  };

  it("reads what was written, and leaves no temporary file", async () => {
    const path = join(folder, "tree.safetensors");
    await writeTree(path, tree);
    expect(await readTree(path, tree)).toEqual(tree);
    expect(await readdir(folder)).toEqual(["tree.safetensors"]);
  });

  it("names the tensor that does not fit", async () => {
    const path = join(folder, "tree.safetensors");
    await writeTree(path, tree);
    await expect(readTree(path, { ...tree, scale: hostArray([1], [1]) })).rejects.toThrow(/tensor scale is missing/);
    await expect(readTree(path, { ...tree, bias: hostArray([1], [1]) })).rejects.toThrow(/tensor bias is float32 \[\]/);
    await expect(readTree(path, { bias: tree.bias })).rejects.toThrow(/tensor blocks\.0\.weight belongs to no part/);
    await expect(readTree(join(folder, "none"), tree)).rejects.toThrow(InputError);
    await writeFile(path, "short");
    await expect(readTree(path, tree)).rejects.toThrow(/tree\.safetensors: only 5 bytes/);
  });
});

describe("metadata", () => {
  const tensors = new Map([["x", hostArray([1, 2], [2])]]);

  it("stands beside the tensors", () => {
    const metadata = { problem: "denoise", note: 'ein "Wort", \u00fc' };
    const bytes = encodeSafetensors(tensors, { metadata });
    expect(decodeMetadata(bytes, "x")).toEqual(metadata);
    expect(decodeSafetensors(bytes, "x")).toEqual(tensors);
    expect(decodeMetadata(encodeSafetensors(tensors), "x")).toEqual({});
  });

  it("is refused where it is no text", () => {
    const bytes = encodeSafetensors(tensors, { metadata: { sigma: 0.1 as never } });
    expect(() => decodeMetadata(bytes, "x.safetensors")).toThrow(/x\.safetensors: __metadata__.*sigma/);
    expect(() => decodeMetadata(bytes.subarray(0, 5), "x")).toThrow(InputError);
  });
});

describe("half precision", () => {
  it("refuses a number that float16 cannot hold, and names its tensor", () => {
    const tensors = new Map([["weight", hostArray([1, -70000], [2])]]);
    expect(() => encodeSafetensors(tensors, { precision: "float16" })).toThrow(
      /tensor weight holds -70000, which float16/,
    );
    expect(() => encodeSafetensors(tensors, { precision: "bfloat16" })).not.toThrow();
  });

  it("rounds to the nearest value of 11 significant bits and keeps integers", () => {
    const weights = hostArray(Float32Array.from([1, -0.1, 1 / 3, 65504, 6e-8, 0]), [6]);
    const counts = hostArray(Int32Array.from([70001]), [1]);
    const encoded = encodeSafetensors(
      new Map([
        ["weights", weights],
        ["counts", counts],
      ]),
      { precision: "float16" },
    );
    const decoded = decodeSafetensors(encoded, "half");
    expect([...(decoded.get("counts")?.data ?? [])]).toEqual([70001]);
    const [one, tenth, third, largest, tiny, zero] = decoded.get("weights")?.data ?? [];
    expect([one, largest, zero]).toEqual([1, 65504, 0]);
    // Neighbours of the nearest half-precision numbers: 0.0999755859375, 0.333251953125 and 2^-24.
    expect([tenth, third, tiny]).toEqual([-0.0999755859375, 0.333251953125, 2 ** -24]);
  });
});
