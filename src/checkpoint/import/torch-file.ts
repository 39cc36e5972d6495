import { InputError } from "../../errors.js";
import { quoted } from "../../quoted-text.js";
import { openFile, type RandomAccessFile } from "../../storage/index.js";
import { listArchive, requireChecksum, type StoredFile } from "./archive.js";
import { readPickle } from "./pickle.js";
import { readTensor, type TorchFile } from "./torch-storage.js";
import { storageElementBytes } from "./torch-types.js";

const pickleName = "data.pkl";
// The pickle contains only names and shapes; those of the largest published checkpoint take less than a megabyte.
const longestPickle = 256 * 2 ** 20;

/**
 * Opens a checkpoint that torch.save wrote (a zip archive with a pickle and a file for each storage).
 *
 * @throws InputError if it cannot be read, is truncated, damaged or in another format, or its pickle is rejected
 */
export async function openTorchFile(path: string): Promise<TorchFile> {
  const files = await listArchive(path);
  const pickleFile = [...files.keys()].find((name) => name === pickleName || name.endsWith(`/${pickleName}`));
  if (pickleFile === undefined)
    throw new InputError(`${path} is a zip archive without ${pickleName}: it was not written by torch.save`);
  const inside = pickleFile.slice(0, -pickleName.length);
  const file = await openFile(path);
  try {
    const pickle = requireFile(files, pickleFile, path);
    const { start, bytes } = pickle;
    if (bytes > longestPickle)
      throw new InputError(`${path}: its pickle of ${bytes} bytes is too long for a checkpoint`);
    await requireLittleEndian(file, files.get(`${inside}byteorder`));
    await requireChecksum(file, pickleFile, pickle);
    const checked = new Set<string>();
    const { value: root } = readPickle(new Uint8Array(await file.read(start, bytes)), path);
    return {
      path,
      root,
      read: async (tensor, name) => {
        const { type, key, count, start: offset } = tensor.storage;
        const storedName = `${inside}data/${key}`;
        const stored = requireFile(files, storedName, path);
        const width = storageElementBytes(type);
        if (width !== undefined && stored.bytes !== (offset + count) * width)
          throw new InputError(
            `${path}: storage ${quoted(key)} has ${stored.bytes} bytes, its ${count} elements need ${count * width}`,
          );
        if (!checked.has(key)) await requireChecksum(file, storedName, stored);
        checked.add(key);
        return readTensor(file, stored, tensor, name);
      },
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function requireLittleEndian(file: RandomAccessFile, order: StoredFile | undefined): Promise<void> {
  if (order === undefined) return;
  const text = Buffer.from(await file.read(order.start, Math.min(order.bytes, 16))).toString("utf8");
  if (text !== "little")
    throw new InputError(`${file.path} has ${quoted(text)}-endian numbers, only little-endian ones can be read`);
}

function requireFile(files: ReadonlyMap<string, StoredFile>, name: string, path: string): StoredFile {
  const found = files.get(name);
  if (found === undefined) throw new InputError(`${path} has no file ${quoted(name)} inside: it is damaged`);
  if (found.compressed)
    throw new InputError(`${path}: ${quoted(name)} is compressed, which PyTorch never does: save it with torch.save`);
  return found;
}
