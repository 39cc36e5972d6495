import { crc32 } from "node:zlib";

/** A value as a pickle has it: plain data, or what a `PickleWriter` writes by its own function. */
export type Written =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Written[]
  | Map<Written, Written>
  | ((writer: PickleWriter) => Buffer);

/** Where values of a file's own kind are written: the storages that it meets. */
export interface PickleWriter {
  write(value: Written): Buffer;
  /** The persistent id of a storage. */
  storage(storage: Storage): Buffer;
}

/** The numbers behind tensors. */
export interface Storage {
  /** The first word of its class: "Float". */
  type: string;
  bytes: Uint8Array;
  count: number;
}

const ascii = (text: string): Buffer => Buffer.from(text, "latin1");
const uint32 = (value: number): Buffer => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

/** A class or function by its name, in the module before the last dot. */
export function named(name: string): Written {
  const dot = name.lastIndexOf(".");
  return () => ascii(`c${name.slice(0, dot)}\n${name.slice(dot + 1)}\n`);
}

/** A tuple. */
export function tuple(...values: Written[]): Written {
  return ({ write }) => Buffer.concat([ascii("("), ...values.map(write), ascii("t")]);
}

/** What a call gives: REDUCE. */
export function called(name: string, ...args: Written[]): Written {
  return ({ write }) => Buffer.concat([write(named(name)), write(tuple(...args)), ascii("R")]);
}

/** A new object of a class, NEWOBJ, with its state, BUILD. */
export function object(name: string, state?: Written, ...args: Written[]): Written {
  return ({ write }) =>
    Buffer.concat([
      write(named(name)),
      write(tuple(...args)),
      Buffer.of(0x81),
      ...(state === undefined ? [] : [write(state), ascii("b")]),
    ]);
}

/** An object with items: a dictionary of a class of its own. */
export function withItems(target: Written, items: Readonly<Record<string, Written>>): Written {
  return ({ write }) =>
    Buffer.concat([write(target), ascii("("), ...Object.entries(items).flat().map(write), ascii("u")]);
}

/** An object with elements, by the instruction that adds them: "e" for a list, 0x90 for a set. */
export function withElements(target: Written, code: number, elements: Written[]): Written {
  return ({ write }) => Buffer.concat([write(target), ascii("("), ...elements.map(write), Buffer.of(code)]);
}

/** Instructions as they are. */
export function instructions(...parts: (string | number[])[]): Written {
  return () => Buffer.concat(parts.map((part) => (typeof part === "string" ? ascii(part) : Buffer.from(part))));
}

/** A dictionary with texts as keys. */
export function dictionary(entries: Readonly<Record<string, Written>>): Map<Written, Written> {
  return new Map<Written, Written>(Object.entries(entries));
}

/** A row-major float32 tensor. */
export function tensor(values: ArrayLike<number>, shape: readonly number[]): Written {
  const data = Float32Array.from(values);
  return view({ type: "Float", bytes: new Uint8Array(data.buffer), count: data.length }, shape);
}

/** A row-major tensor of a storage of any type. */
export function view(storage: Storage, shape: readonly number[], offset = 0): Written {
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((product, length) => product * length, 1));
  return (writer) =>
    writer.write(
      called(
        "torch._utils._rebuild_tensor_v2",
        () => writer.storage(storage),
        offset,
        tuple(...shape),
        tuple(...strides),
        false,
        called("collections.OrderedDict"),
      ),
    );
}

function encode(value: Written, writer: PickleWriter): Buffer {
  if (typeof value === "function") return value(writer);
  if (value === null) return ascii("N");
  if (typeof value === "boolean") return Buffer.of(value ? 0x88 : 0x89);
  if (typeof value === "string") {
    const text = Buffer.from(value);
    return Buffer.concat([ascii("X"), uint32(text.length), text]);
  }
  if (typeof value === "number") {
    const bytes = Buffer.alloc(Number.isInteger(value) ? 5 : 9);
    if (Number.isInteger(value)) bytes.writeInt32LE(value, 1);
    else bytes.writeDoubleBE(value, 1);
    bytes[0] = Number.isInteger(value) ? 0x4a : 0x47;
    return bytes;
  }
  if (value instanceof Uint8Array) return Buffer.concat([ascii("B"), uint32(value.length), value]);
  const parts = Array.isArray(value) ? value : [...value].flat();
  const [empty, add] = Array.isArray(value) ? ["](", "e"] : ["}(", "u"];
  return Buffer.concat([ascii(empty), ...parts.map((part) => encode(part, writer)), ascii(add)]);
}

/** A pickle of a value, and the storages that it met, in their order. */
function pickled(
  value: Written,
  idOf: (storage: Storage, key: string) => Written[],
): { bytes: Buffer; storages: Storage[] } {
  const storages: Storage[] = [];
  const writer: PickleWriter = {
    write: (part) => encode(part, writer),
    storage: (storage) => {
      if (!storages.includes(storage)) storages.push(storage);
      const key = String(storages.indexOf(storage));
      return Buffer.concat([writer.write(tuple(...idOf(storage, key))), ascii("Q")]);
    },
  };
  return { bytes: Buffer.concat([Buffer.of(0x80, 2), writer.write(value), ascii(".")]), storages };
}

/** A pickle of a value without storages. */
export function pickle(value: Written): Buffer {
  return pickled(value, () => []).bytes;
}

const storageId = ({ type, count }: Storage, key: string): Written[] => [
  "storage",
  named(`torch.${type}Storage`),
  key,
  "cpu",
  count,
];

/** A file as torch.save writes it. */
export function torchFile(root: Written): Buffer {
  const { bytes, storages } = pickled(root, storageId);
  return zip([
    ["archive/data.pkl", bytes],
    ["archive/byteorder", ascii("little")],
    ...storages.map((storage, key): [string, Uint8Array] => [`archive/data/${key}`, storage.bytes]),
    ["archive/version", ascii("3\n")],
  ]);
}

/** A file as torch.save wrote it before version 1.6, by those of 0.4 with the view that a storage is of itself. */
export function oldTorchFile(root: Written): Buffer {
  const ofItself = (storage: Storage, key: string): Written[] => [
    ...storageId(storage, key),
    tuple(key, 0, storage.count),
  ];
  const { bytes, storages } = pickled(root, ofItself);
  const counted = storages.flatMap(({ count, bytes: data }) => {
    const length = Buffer.alloc(8);
    length.writeBigInt64LE(BigInt(count));
    return [length, data];
  });
  const magic = Buffer.from("80028a0a6cfc9c46f9206aa850192e", "hex");
  const system = dictionary({ protocol_version: 1001, little_endian: true });
  const keys = storages.map((_, key) => String(key));
  return Buffer.concat([magic, pickle(1001), pickle(system), bytes, pickle(keys), ...counted]);
}

/** A zip archive of files that are stored as they are. */
export function zip(files: readonly (readonly [name: string, content: Uint8Array])[]): Buffer {
  const local: Buffer[] = [];
  const central: Buffer[] = [];
  let position = 0;
  for (const [name, content] of files) {
    const title = Buffer.from(name);
    const common = Buffer.alloc(26);
    common.writeUInt16LE(20, 0);
    common.writeUInt16LE(0x21, 8);
    common.writeUInt32LE(crc32(content), 10);
    common.writeUInt32LE(content.length, 14);
    common.writeUInt32LE(content.length, 18);
    common.writeUInt16LE(title.length, 22);
    const rest = Buffer.alloc(14);
    rest.writeUInt32LE(position, 10);
    const entry = Buffer.concat([ascii("PK\x03\x04"), common, title, content]);
    local.push(entry);
    central.push(Buffer.concat([ascii("PK\x01\x02"), Buffer.of(20, 0), common, rest, title]));
    position += entry.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(18);
  end.writeUInt16LE(files.length, 4);
  end.writeUInt16LE(files.length, 6);
  end.writeUInt32LE(directory.length, 8);
  end.writeUInt32LE(position, 12);
  return Buffer.concat([...local, directory, ascii("PK\x05\x06"), end]);
}
