import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../errors.js";
import { readPickle } from "./pickle.js";
import { PickledStorage, PickledTensor, PickleGlobal, PickleObject } from "./pickle-values.js";

/** The parts of a pickle: texts (Latin-1) and bytes. */
type Program = (string | number[])[];
const pickle = (...parts: Program): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part, "latin1") : Buffer.from(part))));
const start = [0x80, 2];
const read = (...parts: Program) => readPickle(pickle(start, ...parts), "x.pt").value;
const text = (value: string): string => `X${String.fromCharCode(value.length)}\0\0\0${value}`;
const storage = (count: number): string =>
  `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}K${String.fromCharCode(count)}tQ`;

// Each as Python's own pickle writes it, with its protocols 0 to 5.
const plain: [what: string, program: Program, value: unknown][] = [
  ["texts and numbers of protocol 0", ["(I01\nI12\nL-5L\nF1.5\nS'a'\nVb\nt."], [true, 12, -5, 1.5, "a", "b"]],
  [
    "a list and a dictionary of protocol 0",
    ["(lp0\n(dp1\nVa\nI1\nsag1\na."],
    [new Map([["a", 1]]), new Map([["a", 1]])],
  ],
  [
    "bytes",
    ["(C\x02ab", [0x42, 1, 0, 0, 0], "c", [0x8e, 1, 0, 0, 0, 0, 0, 0, 0], "d", [0x96, 1, 0, 0, 0, 0, 0, 0, 0], "et."],
    ["ab", "c", "d", "e"].map((bytes) => Buffer.from(bytes)),
  ],
  ["sets", ["(", [0x8f], "(K\x01K\x02", [0x90], "(K\x03", [0x91], "t."], [[1, 2], [3]]],
  [
    "integers of any length",
    ["(", [0x8b, 4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], [0x8b, 40, 0, 0, 0], "0".repeat(40), "t."],
    [-1, new PickleObject("int")],
  ],
  ["an ordered dictionary of pairs", ["ccollections\nOrderedDict\n(]](", text("a"), "K\x01eatR."], new Map([["a", 1]])],
  [
    "a dictionary with a default",
    ["ccollections\ndefaultdict\n(cbuiltins\nlist\ntR", text("a"), "K\x01s."],
    new Map([["a", 1]]),
  ],
  [
    "the values of protocol 2",
    ["(", [0x88, 0x89, 0x8a, 1, 7], "NJ\xff\xff\xff\xffM\x01\x02G\x3f\xf8\0\0\0\0\0\0]q\x01h\x01", text("a"), "at."],
    [true, false, 7, null, -1, 513, 1.5, ["a"], ["a"]],
  ],
  ["a copy, and what is dropped", ["(K\x01K\x09200K\x03t."], [1, 3]],
];
const kept: [what: string, program: Program, name: string][] = [
  ["a device", ["ctorch\ndevice\n(", text("cuda"), "K\x00tR."], "torch.device"],
  ["a slice", ["cbuiltins\nslice\n(K\x01K\x02NtR."], "builtins.slice"],
  ["an object of an unknown class", ["ca.b\nC\n)", [0x81], "}", text("x"), "K\x01sb."], "a.b.C"],
  ["one made with names", ["ca.b\nC\n)}", text("x"), "K\x01s", [0x92], "."], "a.b.C"],
  ["one of protocol 0", ["(ia.b\nC\nNb."], "a.b.C"],
  ["one made from its class and arguments", ["(ca.b\nC\nK\x01o."], "a.b.C"],
  ["one of a registered class", [[0x82, 7], ")R."], "extension 7"],
  ["what an object gives", ["ca.b\nf\n)R)R."], "a.b.f"],
  ["a list of a class of its own", ["ca.b\nL\n)", [0x81], "(K\x01K\x02e."], "a.b.L"],
  ["a set of a class of its own", ["ca.b\nS\n)", [0x81], "(K\x01", [0x90], "."], "a.b.S"],
  ["an object with slots", ["ca.b\nC\n)", [0x81], "N}", text("x"), "K\x01s", [0x86], "b."], "a.b.C"],
];
const view = "K\0(K\x02K\x03t(K\x03K\x01t\x89N";
const tensors: Program[] = [
  ["ctorch._utils\n_rebuild_tensor_v2\n(", storage(6), view, "tR."],
  [
    "ctorch._utils\n_rebuild_tensor_v3\n(",
    storage(24).replace("FloatStorage", "UntypedStorage"),
    view,
    "ctorch\nuint16\ntR.",
  ],
  [
    "ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nca.b\nMine\n(",
    storage(6),
    view,
    "tNtR.",
  ],
];

/** Whether a value and all that it holds are data: no function, and no object of another class than those of a pickle. */
function isPlainData(value: unknown, seen = new Set<unknown>()): boolean {
  if (value === null || ["boolean", "number", "string"].includes(typeof value)) return true;
  // A list may hold itself.
  if (seen.has(value)) return true;
  seen.add(value);
  const allPlain = (values: Iterable<unknown>): boolean => [...values].every((part) => isPlainData(part, seen));
  if (Array.isArray(value)) return allPlain(value);
  if (value instanceof Map) return allPlain([...value].flat());
  const classes = [PickleGlobal, PickleObject, PickledStorage, PickledTensor];
  if (classes.some((known) => value instanceof known)) return allPlain(Object.values(value as object));
  return value instanceof Uint8Array;
}

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
    const record = read("cargparse\nNamespace\n)", [0x81], "}", text("depth"), "K\x03sb.") as PickleObject;
    expect(record).toBeInstanceOf(PickleObject);
    expect([...record.attributes]).toEqual([["depth", 3]]);
  });

  it.each(plain)("reads %s", (_, program, value) => expect(read(...program)).toEqual(value));

  it.each(kept)("keeps %s without making it", (_, program, name) => {
    const object = read(...program) as PickleObject;
    expect(object).toBeInstanceOf(PickleObject);
    expect(object.name).toBe(name);
  });

  it("keeps the items of a dictionary of a class of its own, and attributes from slots", () => {
    const items = read("ca.b\nD\n)", [0x81], "(", text("k"), "K\x01u.") as PickleObject;
    expect([...items.items]).toEqual([["k", 1]]);
    const slots = read("ca.b\nC\n)", [0x81], "N}", text("x"), "K\x01s", [0x86], "b.") as PickleObject;
    expect([...slots.attributes]).toEqual([["x", 1]]);
  });

  it("names a class, and one of a module that the file describes", () => {
    expect(read("ctorch\nbfloat16\n.")).toEqual(new PickleGlobal("torch.bfloat16"));
    expect(read("(", text("module"), "ca.b\nC\n", text("c.py"), text("class C"), "tQ.")).toEqual(
      new PickleGlobal("a.b.C"),
    );
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
      dtype: "float32",
      storage: { type: "torch.FloatStorage", key: "0", count: 6 },
    });
  });

  it("reads a tensor that an untyped storage's bytes make, and one of a class of its own", () => {
    const bytes = storage(8).replace("FloatStorage", "UntypedStorage");
    const shape = "K\0(K\x04t(K\x01t";
    const third = `ctorch._utils\n_rebuild_tensor_v3\n(${bytes}${shape}\x89Nctorch\nuint16\ntR.`;
    expect(read(third)).toMatchObject({ dtype: "uint16", shape: [4] });
    expect(() => read(third.replace("uint16", "float32"))).toThrow(/other arguments/);
    const own = `ctorch._tensor\n_rebuild_from_type_v2\n(ctorch._utils\n_rebuild_tensor_v2\nca.b\nMine\n(${storage(4)}${shape}\x89NtNtR.`;
    expect(read(own)).toMatchObject({ dtype: "float32", shape: [4] });
  });

  it("counts the work of a call in a call, also of one in itself", () => {
    const call = "ctorch._tensor\n_rebuild_from_type_v2\n";
    // Each call copies the same list of 1,000 pairs: 10,000 calls are too much work.
    const pairs = `]q\0(${"NN\x86".repeat(1000)}e`;
    const copy = `${call}(ccollections\nOrderedDict\nN(h\0ttR0`;
    expect(() => read(pairs, copy.repeat(10_000), ".")).toThrow(/too long for a checkpoint/);
    const itself = `${call}]q\0(${call}Nh\0eR.`;
    expect(() => read(itself)).toThrow(/too long for a checkpoint/);
  });

  it("keeps tensors of types that cannot be read by the types' names", () => {
    const view = (type: string): string =>
      `ctorch._utils\n_rebuild_tensor_v2\n(${storage(4).replace("Float", type)}K\0(K\x04t(K\x01t\x89NtR.`;
    expect(read(view("ComplexFloat"))).toMatchObject({ dtype: "complex64" });
    expect(read(view("QInt8"))).toMatchObject({ dtype: "QInt8" });
  });

  it("reads a part of a storage in another, as old files have them", () => {
    const id = `(${text("storage")}ctorch\nFloatStorage\n${text("0")}${text("cpu")}K\x08(${text("9")}K\x02K\x03ttQ.`;
    expect(read(id)).toEqual(new PickledStorage("torch.FloatStorage", "0", 3, 2));
    expect(() => read(id.replace("K\x02K\x03", "K\x06K\x03"))).toThrow(/persistent id/);
  });
});

describe("a pickle is refused", () => {
  it.each([
    ["os.system", "cos\nsystem\n(S'true'\ntR."],
    ["builtins.eval", `cbuiltins\neval\n${text("1")}\x85R.`],
    ["posix.system", "cposix\nsystem\n."],
    ["os.path.join", "cos.path\njoin\n."],
    ["subprocess.Popen", "csubprocess\nPopen\n."],
    ["__builtin__.eval", "c__builtin__\neval\n."],
    ["os.system", "(ios\nsystem\n."],
  ])("by the name of the function: %s", (name, program) => {
    expect(() => read(program)).toThrow(InputError);
    expect(() => read(program)).toThrow(`x.pt: its pickle names ${name}, which is not allowed: the file is refused`);
  });

  it("by the name of a function that is put together on the stack", () => {
    expect(() => read(text("os"), text("system"), [0x93], ".")).toThrow(/names os\.system/);
  });

  it.each([
    ["a buffer outside of it", [0x97, 0x2e], /instruction 0x97 at byte 2/],
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

  it.each<[string, () => Uint8Array]>([
    ["makes nothing but lists", () => Buffer.alloc(2 ** 25, "]")],
    [
      "makes a dictionary of a long list again and again",
      () =>
        pickle(
          "ccollections\nOrderedDict\nq\x000NN\x86q\x020](",
          "h\x02".repeat(1e6),
          "eq\x010",
          "h\0h\x01\x85R0".repeat(1e6),
        ),
    ],
    ["doubles a tuple", () => pickle(")", "q\0h\0h\0\x86".repeat(3e6))],
  ])("that %s, without filling the memory", (_, bytes) => {
    expect(() => readPickle(bytes(), "x.pt")).toThrow(/x\.pt: its pickle is (too long|malformed)/);
  });

  // Random bytes seldom get past the first instruction; valid programs with a few bytes changed do.
  const programs = [...plain, ...kept].map(([, program]) => program).concat(tensors);
  const changed = fc
    .tuple(
      fc.constantFrom(...programs.map((program) => pickle(start, ...program))),
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 3 }),
    )
    .map(([program, changes]) => {
      const bytes = Uint8Array.from(program);
      for (const [place, byte] of changes) bytes[place % bytes.length] = byte;
      return bytes;
    });

  it("whatever its bytes are: with an InputError, or it is plain data", () => {
    for (const program of programs) expect(isPlainData(read(...program))).toBe(true);
    let [accepted, refused] = [0, 0];
    const check = (bytes: Uint8Array): void => {
      let value: unknown;
      try {
        ({ value } = readPickle(bytes, "x.pt"));
      } catch (error) {
        refused += 1;
        expect(error).toBeInstanceOf(InputError);
        expect((error as Error).message).not.toMatch(/\n/);
        return;
      }
      accepted += 1;
      expect(isPlainData(value)).toBe(true);
    };
    fc.assert(fc.property(fc.oneof(changed, changed, fc.uint8Array({ maxLength: 60 })), check), { numRuns: 3000 });
    expect(Math.min(accepted, refused)).toBeGreaterThan(300);
  });
});
