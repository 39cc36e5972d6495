import fc from "fast-check";
import { integer } from "./values.js";

/** The bytes of a file after something has happened to it. */
export interface Damaged {
  /** What happened, in words. */
  readonly how: string;
  readonly bytes: Uint8Array;
}

/** Contents that are no file of any kind that is read here, or one of another kind. */
const strangers: Readonly<Record<string, Uint8Array>> = {
  zeros: new Uint8Array(64),
  ones: new Uint8Array(64).fill(255),
  ...Object.fromEntries(
    Object.entries({
      nothing: "",
      "a line": "hello\n",
      "a page": "<!DOCTYPE html><html><head><title>404</title></head><body>Not found</body></html>",
      "a Git LFS pointer":
        "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
      "JSON's null": "null",
      "a JSON list": "[]",
      "a JSON object": "{}",
      "a JSON number": "1e999",
      "deep JSON": "[".repeat(20_000),
      "deep JSON that ends": `${"[".repeat(5000)}${"]".repeat(5000)}`,
      "a broken line": '{"a": 1,',
      "prototype keys": '{"__proto__": {"x": 1}, "constructor": 1}',
      "a PNG's first bytes": "\u0089PNG\r\n\u001a\n",
      "a zip's first bytes": "PK\u0003\u0004\u0014",
      "a pickle": "\u0080\u0002}q\u0000.",
      "an escape sequence": "\u001b[31mred\u001b[0m\u0007",
    }).map(([name, text]) => [name, Buffer.from(text, "latin1")]),
  ),
};

const place = (bytes: Uint8Array): fc.Arbitrary<number> => integer(0, Math.max(0, bytes.length - 1));

function joined(...parts: Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** A flipped bit, a cut, an insertion, an exchange of parts or a wholly other content. */
export function damaged(bytes: Uint8Array): fc.Arbitrary<Damaged> {
  // Headers and ends are short, and hold most of what can be wrong.
  const anywhere = fc.oneof(
    place(bytes),
    integer(0, Math.min(200, Math.max(0, bytes.length - 1))),
    place(bytes).map((at) => Math.max(0, bytes.length - 1 - (at % 200))),
  );
  const flip = fc.tuple(anywhere, integer(0, 7)).map(([at, bit]) => {
    const copy = bytes.slice();
    if (copy.length > 0) copy[at] ^= 1 << bit;
    return { how: `bit ${bit} of byte ${at} flipped`, bytes: copy };
  });
  const put = fc.tuple(anywhere, fc.constantFrom(0, 0x22, 0x7b, 0x7f, 0x80, 0xff)).map(([at, value]) => {
    const copy = bytes.slice();
    if (copy.length > 0) copy[at] = value;
    return { how: `byte ${at} set to ${value}`, bytes: copy };
  });
  const cut = anywhere.map((at) => ({ how: `cut to ${at} bytes`, bytes: bytes.slice(0, at) }));
  const insert = fc.tuple(anywhere, fc.uint8Array({ minLength: 1, maxLength: 20 })).map(([at, more]) => ({
    how: `${more.length} bytes put in at ${at}`,
    bytes: joined(bytes.subarray(0, at), more, bytes.subarray(at)),
  }));
  const remove = fc.tuple(anywhere, integer(1, 40)).map(([at, count]) => ({
    how: `${count} bytes taken out at ${at}`,
    bytes: joined(bytes.subarray(0, at), bytes.subarray(at + count)),
  }));
  const swap = fc.tuple(anywhere, anywhere, integer(1, 30)).map(([a, b, count]) => {
    const [first, second] = a < b ? [a, b] : [b, a];
    const size = Math.min(count, second - first, bytes.length - second);
    return {
      how: `${size} bytes at ${first} and ${second} exchanged`,
      bytes: joined(
        bytes.subarray(0, first),
        bytes.subarray(second, second + size),
        bytes.subarray(first + size, second),
        bytes.subarray(first, first + size),
        bytes.subarray(second + size),
      ),
    };
  });
  const number = fc.tuple(anywhere, fc.constantFrom(0, 1, 0x7fffffff, 0xffffffff)).map(([at, value]) => {
    const copy = Buffer.from(bytes);
    if (at + 4 <= copy.length) copy.writeUInt32LE(value, at);
    return { how: `an integer ${value} written at ${at}`, bytes: new Uint8Array(copy) };
  });
  const other = fc.constantFrom(...Object.entries(strangers)).map(([how, content]) => ({ how, bytes: content }));
  return fc.oneof(flip, put, cut, insert, remove, swap, number, other);
}

const oddJson: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  2 ** 53,
  1e9,
  "",
  "foo",
  "__proto__",
  "../../etc/passwd",
  "\u001b[31m\n",
  "x".repeat(2000),
  [],
  {},
  [[]],
  [null],
  { a: { b: {} } },
];

/** JSON of which one entry, anywhere, is another value, is missing, or has another name. */
export function damagedJson(text: string): fc.Arbitrary<Damaged> {
  const places = placesOf(JSON.parse(text));
  const bytesOf = (value: unknown): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(value)));
  return fc
    .tuple(
      fc.constantFrom(...places),
      fc.oneof(
        fc.constantFrom(...oddJson).map((value) => ({ what: "set" as const, value })),
        fc.constant({ what: "removed" as const, value: undefined }),
        fc.constantFrom("foo", "__proto__", "constructor").map((value) => ({ what: "renamed" as const, value })),
      ),
    )
    .map(([path, { what, value }]) => {
      const root = JSON.parse(text) as unknown;
      if (path.length === 0) return { how: "the whole set to another value", bytes: bytesOf(value ?? null) };
      const parent = path.slice(0, -1).reduce((node: unknown, key) => (node as Record<string, unknown>)[key], root);
      const entries = parent as Record<string, unknown>;
      const key = path[path.length - 1];
      const old = entries[key];
      if (what === "set") entries[key] = value;
      else if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else Reflect.deleteProperty(entries, key);
      if (what === "renamed" && !Array.isArray(parent))
        Object.defineProperty(entries, value, { value: old, enumerable: true });
      return { how: `${path.join(".")} ${what} ${JSON.stringify(value)?.slice(0, 30) ?? ""}`, bytes: bytesOf(root) };
    });
}

/** The places of a JSON value: every entry of every object and list, at most 200. */
function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [path];
  const inside = Object.entries(value).flatMap(([key, child]) => placesOf(child, [...path, key]));
  return [path, ...inside].slice(0, 200);
}
