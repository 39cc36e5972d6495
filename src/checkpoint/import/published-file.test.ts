import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostArray, hostArray, sizeOf } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { encodeSafetensors } from "../../storage/index.js";
import {
  called,
  dictionary,
  instructions,
  named,
  object,
  oldTorchFile,
  tensor,
  torchFile,
  tuple,
  view,
  withElements,
  withItems,
  type Written,
  zip,
} from "../../../test/support/pickle.js";
import { openCheckpointFile } from "./source.js";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-published-"));
});
afterAll(() => rm(folder, { recursive: true }));

/** What can be read from a file: every tensor by name, or the reason why it cannot be read. */
async function contentsOf(bytes: Uint8Array, name = "file.pt"): Promise<Record<string, HostArray | string>> {
  const path = join(folder, name);
  await writeFile(path, bytes);
  const file = await openCheckpointFile(path);
  try {
    const contents: Record<string, HostArray | string> = {};
    for (const [own, { read }] of file.tensors)
      contents[own] = await read().catch((error: Error) => {
        expect(error).toBeInstanceOf(InputError);
        return error.message.replaceAll(folder, "");
      });
    return contents;
  } finally {
    await file.close();
  }
}

const weights = { "blocks.0.weight": tensor([1, 2, 3, 4, 5, 6], [2, 3]), "blocks.0.bias": tensor([7, 8], [2]) };
const values = {
  "blocks.0.weight": hostArray([1, 2, 3, 4, 5, 6], [2, 3]),
  "blocks.0.bias": hostArray([7, 8], [2]),
};

// As torch.save writes them: with the class or function that Python's pickle names for each.
const numpyScalar = called(
  "numpy.core.multiarray.scalar",
  called("numpy.dtype", "f8", false, true),
  called("_codecs.encode", "\u0000\u00f0?", "latin1"),
);
const numpyArray: Written = ({ write }) =>
  Buffer.concat([
    write(called("numpy.core.multiarray._reconstruct", named("numpy.ndarray"), tuple(0), "b")),
    write(tuple(1, tuple(2), called("numpy.dtype", "f4", false, true), false, Buffer.alloc(8))),
    Buffer.from("b"),
  ]);
const harmless: Readonly<Record<string, Written>> = {
  "a NumPy scalar": numpyScalar,
  "a NumPy array": numpyArray,
  "a Counter": called("collections.Counter", dictionary({ a: 2 })),
  "a defaultdict": withItems(called("collections.defaultdict", named("builtins.list")), { a: [1] }),
  "an OrderedDict": withItems(called("collections.OrderedDict"), { a: 1 }),
  "a set": called("builtins.set", [1, 2]),
  "a set of protocol 4": withElements(instructions([0x8f]), 0x90, [1, 2]),
  "a frozenset": instructions("(K\u0001", [0x91]),
  bytes: Buffer.from("abc"),
  "a bytearray": called("builtins.bytearray", "abc", "latin-1"),
  "a device": called("torch.device", "cuda", 0),
  "a dtype": named("torch.bfloat16"),
  "a size": called("torch.Size", tuple(1, 2)),
  "a slice": called("builtins.slice", 1, 2, null),
  "a complex number": called("builtins.complex", 1.5, 2.5),
  "a date": called("datetime.datetime", Buffer.alloc(10)),
  "options of a command": object("argparse.Namespace", dictionary({ lr: 0.5 })),
  "a path": called("pathlib.PosixPath", "/", "tmp"),
  "an enumeration": called("a.b.Colour", 1),
  "a partial function": object("functools.partial", tuple(named("builtins.int"), tuple(), dictionary({}), null)),
  "an object with a tensor": object("a.b.Callback", dictionary({ best: tensor([1], [1]), score: numpyScalar })),
  "an object of an old class": called("copy_reg._reconstructor", named("a.b.C"), named("__builtin__.object"), null),
  "a dictionary of a class of its own": withItems(object("a.b.AttributeDict"), { lr: 1 }),
  "a sparse tensor": called("torch._utils._rebuild_sparse_tensor", named("torch.sparse_coo"), tuple()),
  "a generator's state": view({ type: "Byte", bytes: Buffer.from("abc"), count: 3 }, [3]),
  "complex numbers": view({ type: "ComplexFloat", bytes: Buffer.alloc(16), count: 2 }, [2]),
  "a quantised tensor": called("torch._utils._rebuild_qtensor", () => Buffer.from("N"), 0),
};

describe.each([
  ["torch.save", torchFile],
  ["torch.save before 1.6", oldTorchFile],
])("a file of %s", (_, write) => {
  it.each(Object.keys(harmless))("is read with %s beside the weights, and among them", async (kind) => {
    const other = harmless[kind];
    const beside = await contentsOf(write(dictionary({ extra: other, ema: dictionary(weights), late: [other] })));
    expect(beside).toMatchObject({ "ema.blocks.0.weight": values["blocks.0.weight"] });
    expect(beside).toMatchObject({ "ema.blocks.0.bias": values["blocks.0.bias"] });
    const among = await contentsOf(write(dictionary({ ...weights, extra: other })));
    expect(among).toMatchObject(values);
  });

  it("is read with all of them", async () => {
    const found = await contentsOf(write(dictionary({ ...harmless, ema: dictionary(weights) })));
    expect(found).toMatchObject({ "ema.blocks.0.weight": values["blocks.0.weight"] });
    expect(found["a sparse tensor"]).toBe(
      "/file.pt: a sparse tensor is a torch._utils._rebuild_sparse_tensor, no tensor that can be read: save it as a tensor",
    );
    expect(found["complex numbers"]).toBe(
      "/file.pt: tensor complex numbers is complex64, which cannot be read: convert it to float32",
    );
    expect(found["an object with a tensor.best"]).toEqual(hostArray([1], [1]));
  });

  it("is read with a module that was saved whole", async () => {
    const layer = object(
      "torch.nn.modules.linear.Linear",
      dictionary({
        training: true,
        _parameters: withItems(called("collections.OrderedDict"), { weight: weights["blocks.0.weight"] }),
        _buffers: called("collections.OrderedDict"),
        _modules: called("collections.OrderedDict"),
      }),
    );
    const whole = object(
      "a.b.Net",
      dictionary({
        _parameters: dictionary({}),
        _modules: dictionary({ blocks: object("a.b.List", dictionary({ _modules: dictionary({ "0": layer }) })) }),
      }),
    );
    expect(await contentsOf(write(dictionary({ ema: whole })))).toMatchObject({
      "ema.blocks.0.weight": values["blocks.0.weight"],
    });
  });

  it("is read where it names itself", async () => {
    const root = instructions("}q\u0001(", "X\u0004\u0000\u0000\u0000selfh\u0001", "u");
    const inner: Written = ({ write: put }) =>
      Buffer.concat([put(root), Buffer.from("("), put("w"), put(weights["blocks.0.bias"]), Buffer.from("u")]);
    expect(await contentsOf(write(inner))).toMatchObject({ w: values["blocks.0.bias"] });
  });

  it("damaged anywhere, gives one line or tensors of the same form", async () => {
    const whole = write(dictionary({ ema: dictionary(weights), extra: harmless["a Counter"] }));
    const sizes = [0, 1, 2, 3, 4, 5, 6, 7].map((share) => Math.floor((share / 8) * whole.length));
    const cuts = sizes.map((size) => whole.subarray(0, size));
    for (const cut of cuts) await expect(contentsOf(cut)).rejects.toThrow(InputError);
    for (let place = 0; place < whole.length; place += 2) {
      const damaged = Buffer.from(whole);
      damaged[place] ^= 1 << (place % 8);
      await expectOneLineOrTensors(damaged);
    }
  });
});

/** Expects that a file is rejected in one line, or that each of its tensors has its shape or is rejected. */
async function expectOneLineOrTensors(bytes: Uint8Array): Promise<void> {
  try {
    for (const array of Object.values(await contentsOf(bytes)))
      if (typeof array !== "string") expect(array.data.length).toBe(sizeOf(array.shape));
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).not.toMatch(/\n/);
  }
}

it("a number that was flipped in torch.save's archive is noticed by its checksum", async () => {
  const whole = torchFile(dictionary(weights));
  const place = whole.indexOf(Buffer.from(Float32Array.of(7, 8).buffer));
  whole[place] ^= 1;
  const found = await contentsOf(whole);
  expect(found["blocks.0.bias"]).toMatch(/archive\/data\/1 is damaged, its checksum is another/);
  expect(found["blocks.0.weight"]).toEqual(values["blocks.0.weight"]);
});

it("damage of several bytes anywhere gives one line, or tensors of their shapes", async () => {
  const files = [
    torchFile(dictionary(weights)),
    oldTorchFile(dictionary(weights)),
    encodeSafetensors(new Map(Object.entries(values))),
  ];
  const change = fc.tuple(
    fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
    fc.integer({ min: 0, max: 255 }),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...files),
      fc.array(change, { minLength: 1, maxLength: 4 }),
      async (file, changes) => {
        const damaged = Uint8Array.from(file);
        for (const [place, value] of changes) damaged[Math.floor(place * damaged.length)] = value;
        await expectOneLineOrTensors(damaged);
      },
    ),
    { numRuns: 300 },
  );
});

describe("what a download leaves in a file's place", () => {
  it.each<[string, string | Uint8Array, RegExp]>([
    [
      "an HTML page",
      "<!DOCTYPE html>\n<html>not found</html>",
      /file\.pt is an HTML page, not the file itself: download the raw file/,
    ],
    ["an HTML page with a comment", "\n<!-- -->\n<HTML lang=en>", /is an HTML page/],
    [
      "a pointer of Git LFS",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12\n",
      /file\.pt is a Git LFS pointer, not the file itself: run "git lfs pull"/,
    ],
    ["a gzip file", Buffer.from([0x1f, 0x8b, 8, 0]), /compressed with gzip/],
    ["a tar archive", Buffer.concat([Buffer.alloc(257), Buffer.from("ustar"), Buffer.alloc(300)]), /is a tar archive/],
    ["a pickle of its own", Buffer.from([0x80, 4, 0x4e, 0x2e]), /a pickle that torch\.save did not write/],
    ["a zip archive of something else", zip([["a.txt", Buffer.from("a")]]), /without data\.pkl/],
    ["an empty file", "", /only 0 bytes long/],
  ])("%s", async (_, content, message) => {
    await expect(contentsOf(Buffer.from(content as string))).rejects.toThrow(message);
  });
});

it("names out of a file are shown printable and short", async () => {
  const name = `\u001b[31m\u202e${"x".repeat(400)}`;
  const found = await contentsOf(torchFile(dictionary({ [name]: called("a.b\u001b.C") })));
  const line = Object.values(found)[0] as string;
  expect(line).toMatch(/\\u001b\[31m\\u202ex{50,}…/);
  expect(line.length).toBeLessThan(400);
});
