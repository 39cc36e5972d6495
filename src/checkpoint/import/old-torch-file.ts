import { InputError } from "../../errors.js";
import { quoted } from "../../quoted-text.js";
import { openFile, type RandomAccessFile } from "../../storage/index.js";
import { readPickle, type ReadPickle } from "./pickle.js";
import { type PickledStorage } from "./pickle-values.js";
import { readTensor, type StoredBytes, type TorchFile } from "./torch-storage.js";
import { storageElementBytes } from "./torch-types.js";

/** The first bytes of a file from before PyTorch 1.6: a pickle of an integer of 10 bytes, its magic number. */
export const oldTorchStart = [0x80, 0x02, 0x8a, 0x0a];
const magicNumber = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

// The pickles come before the numbers and do not state their length, so they are read from longer and longer parts of
// the file.
const firstPart = 2 ** 20;
const longestPickles = 256 * 2 ** 20;

/**
 * Opens a checkpoint in the format of torch.save before version 1.6: pickles of a magic number, the protocol, the
 * system, the object itself and the keys of its storages; then each storage, with its count (int64) before its
 * elements.
 *
 * @throws InputError if it cannot be read, is truncated or damaged, or its pickle is rejected
 */
export async function openOldTorchFile(path: string): Promise<TorchFile> {
  const file = await openFile(path);
  try {
    const { root, keys, storages, end } = await readPickles(file);
    const stored = await locate(file, keys, storages, end);
    return {
      path,
      root,
      read: (tensor, name) => {
        const bytes = stored.get(tensor.storage.key);
        if (bytes === undefined)
          throw new InputError(`${path} has no storage ${quoted(tensor.storage.key)}: it is damaged`);
        return readTensor(file, bytes, tensor, name);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Pickles {
  root: ReadPickle["value"];
  storages: ReadPickle["storages"];
  /** The keys of the storages, in order. */
  keys: string[];
  /** Where the storages start. */
  end: number;
}

async function readPickles(file: RandomAccessFile): Promise<Pickles> {
  for (let part = firstPart; ; part *= 8) {
    const length = Math.min(part, longestPickles, file.size);
    const bytes = new Uint8Array(await file.read(0, length));
    try {
      return picklesIn(bytes, file.path);
    } catch (error) {
      if (!(error instanceof InputError) || length === Math.min(longestPickles, file.size)) throw error;
    }
  }
}

function picklesIn(bytes: Uint8Array, path: string): Pickles {
  const magic = readPickle(bytes, path);
  if (magic.value !== Number(magicNumber))
    throw new InputError(`${path} is damaged, or was not written by torch.save: it begins with another number`);
  const version = readPickle(bytes, path, magic.end);
  if (version.value !== protocol)
    throw new InputError(`${path} is in a format of PyTorch that is not known: save it again with torch.save`);
  const system = readPickle(bytes, path, version.end);
  if (system.value instanceof Map && system.value.get("little_endian") === false)
    throw new InputError(`${path} has big-endian numbers, only little-endian ones can be read`);
  const { value: root, storages, end } = readPickle(bytes, path, system.end);
  const listed = readPickle(bytes, path, end);
  const isKey = (key: unknown): key is string => typeof key === "string" && storages.has(key);
  if (!Array.isArray(listed.value) || !listed.value.every(isKey))
    throw new InputError(`${path}: its storages are not those that its pickle names: it is damaged`);
  return { root, storages, keys: listed.value, end: listed.end };
}

const countBytes = 8;

async function locate(
  file: RandomAccessFile,
  keys: readonly string[],
  storages: ReadonlyMap<string, PickledStorage>,
  start: number,
): Promise<Map<string, StoredBytes>> {
  const stored = new Map<string, StoredBytes>();
  let position = start;
  for (const key of keys) {
    const { type, count } = storages.get(key) as PickledStorage;
    const width = storageElementBytes(type);
    if (width === undefined)
      throw new InputError(`${file.path}: storage ${quoted(key)} is a ${quoted(type)}, whose size is not known`);
    const written = new DataView(await file.read(position, countBytes)).getBigInt64(0, true);
    const bytes = Number(written) * width;
    if (written < count || position + countBytes + bytes > file.size)
      throw new InputError(
        `${file.path} is truncated or damaged: storage ${quoted(key)} should have ${count} elements, it says ${written.toString()}`,
      );
    stored.set(key, { start: position + countBytes, bytes });
    position += countBytes + bytes;
  }
  return stored;
}
