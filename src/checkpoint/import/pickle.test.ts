import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../errors.js";
import { readPickle } from "./pickle.js";
import { PickledTensor, PickleRecord } from "./pickle-values.js";

/** A pickle from texts (Latin-1) and bytes. */
const pickle = (...parts: (string | number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const start = [0x80, 2];
const read = (...parts: (string | number[])[]) => readPickle(pickle(start, ...parts), "x.pt");
const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const storage = (count: number): string =>
  `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}K${String.fromCharCode(count)}tQ`;

describe("a pickle as plain data", () => {
  it("reads numbers, texts, switches and containers", () => {
    expect(read("K\x07.")).toBe(7);
    expect(read("M\x01\x02.")).toBe(513);
    expect(read("J\xff\xff\xff\xff.")).toBe(-1);
    expect(read([0x8a, 6], "\0\0\0\0\0\x01.")).toBe(2 ** 40);
    expect(read("G\x3f\xf8\0\0\0\0\0\0.")).toBe(1.5);
    expect(read("(", [0x88, 0x89], "N", text("Ã©"), "t.")).toEqual([true, false, null, "é"]);
    expect(read("]q\x01(K\x01h\x01e.")).toHaveLength(2);
    expect(read("}(", text("a"), "K\x01", text("b"), "]u.")).toEqual(
      new Map<unknown, unknown>([
        ["a", 1],
        ["b", []],
      ]),
    );
  });

  it("reads the options of a command without making the object", () => {
    const record = read("cargparse\nNamespace\n)", [0x81], "}", text("depth"), "K\x03sb.") as PickleRecord;
    expect(record).toBeInstanceOf(PickleRecord);
    expect([...record.attributes]).toEqual([["depth", 3]]);
  });

  it("reads a tensor as a view of its storage", () => {
    const tensor = read(
      "ctorch._utils\n_rebuild_tensor_v2\n(",
      storage(6),
      "K\x00(K\x02K\x03t(K\x03K\x01t",
      [0x89],
      "NtR.",
    );
    expect(tensor).toBeInstanceOf(PickledTensor);
    expect(tensor).toMatchObject({
      offset: 0,
      shape: [2, 3],
      strides: [3, 1],
      storage: { type: "torch.FloatStorage", key: "0", count: 6 },
    });
  });
});

describe("a pickle is refused", () => {
  it.each([
    ["os.system", "cos\nsystem\n(S'true'\ntR."],
    ["builtins.eval", `cbuiltins\neval\n${text("1")}\x85R.`],
    ["torch.load", "ctorch\nload\n."],
    ["collections.OrderedDict.fromkeys", "ccollections\nOrderedDict.fromkeys\n."],
  ])("by the name of the function: %s", (name, program) => {
    expect(() => read(program)).toThrow(InputError);
    expect(() => read(program)).toThrow(`x.pt: its pickle names ${name}, which is not allowed: the file is refused`);
  });

  it("by the name of a function that is put together on the stack", () => {
    expect(() => read(text("os"), text("system"), [0x93], ".")).toThrow(/names os\.system/);
  });

  it.each([
    ["an instruction that makes objects", "(ios\nsystem\n.", /instruction 0x69 at byte 3/],
    ["an extension code", [0x82, 1, 0x2e], /instruction 0x82/],
    ["nothing at all", [], /ends too early/],
    [
      "a call with other arguments",
      "ctorch._utils\n_rebuild_tensor_v2\n)R.",
      /_rebuild_tensor_v2 with other arguments/,
    ],
    ["a call of what is no function", "K\x01)R.", /calls a value/],
    [
      "a storage of another class",
      `(${text("storage")}ccollections\nOrderedDict\n${text("0")}${text("cpu")}K\x01tQ.`,
      /persistent id/,
    ],
    [
      "a tensor that leaves its storage",
      `ctorch._utils\n_rebuild_tensor_v2\n(${storage(5)}K\0(K\x02K\x03t(K\x03K\x01t\x89NtR.`,
      /other arguments/,
    ],
    ["items of no dictionary", "]K\x01K\x02s.", /no dictionary/],
    ["a value that was never remembered", "h\x05.", /remembered as 5/],
    ["a value that is missing", ".", /a value is missing/],
    ["a mark that is missing", "K\x01t.", /a mark is missing/],
  ])("%s", (_, program, message) => {
    expect(() => read(program)).toThrow(InputError);
    expect(() => read(program)).toThrow(message);
  });

  it("whatever its bytes are: with an InputError, or it is plain data", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        try {
          readPickle(bytes, "x.pt");
        } catch (error) {
          expect(error).toBeInstanceOf(InputError);
          expect((error as Error).message).not.toMatch(/\n/);
        }
      }),
    );
  });
});
