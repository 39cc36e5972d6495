import { type HostArray, sizeOf } from "../../array/index.js";
import { InputError } from "../../errors.js";
import {
  decodeElements,
  elementBytes,
  openFile,
  type RandomAccessFile,
  type StoredTensor,
  type StoredType,
} from "../../storage/index.js";
import { listArchive, type StoredFile } from "./archive.js";
import { readPickle } from "./pickle.js";
import { PickledTensor, type PickleValue } from "./pickle-values.js";

const pickleName = "data.pkl";
// The pickle holds names and shapes alone: those of the largest published checkpoint take less than a megabyte.
const longestPickle = 256 * 2 ** 20;

const storageTypes: Readonly<Record<string, StoredType>> = {
  "torch.DoubleStorage": "float64",
  "torch.FloatStorage": "float32",
  "torch.HalfStorage": "float16",
  "torch.BFloat16Storage": "bfloat16",
  "torch.LongStorage": "int64",
  "torch.IntStorage": "int32",
  "torch.ShortStorage": "int16",
  "torch.CharStorage": "int8",
  "torch.ByteStorage": "uint8",
  "torch.BoolStorage": "bool",
};

/** A checkpoint that PyTorch saved: what its pickle holds, and its tensors as they are asked for. */
export interface TorchFile {
  readonly path: string;
  readonly root: PickleValue;
  /** A tensor of the pickle, to be read. */
  tensor(pickled: PickledTensor): StoredTensor;
  close(): Promise<void>;
}

/**
 * Opens a checkpoint that torch.save wrote (a zip archive with a pickle and a file for each storage).
 *
 * @throws InputError if it cannot be read, is truncated, damaged or in another format, or its pickle is refused
 */
export async function openTorchFile(path: string): Promise<TorchFile> {
  const files = await listArchive(path);
  const pickleFile = [...files.keys()].find((name) => name === pickleName || name.endsWith(`/${pickleName}`));
  if (pickleFile === undefined)
    throw new InputError(`${path} is a zip archive without ${pickleName}: it was not written by torch.save`);
  const inside = pickleFile.slice(0, -pickleName.length);
  const file = await openFile(path);
  try {
    const { start, bytes } = requireFile(files, pickleFile, path);
    if (bytes > longestPickle)
      throw new InputError(`${path}: its pickle of ${bytes} bytes is too long for a checkpoint`);
    await requireLittleEndian(file, files.get(`${inside}byteorder`));
    const root = readPickle(new Uint8Array(await file.read(start, bytes)), path);
    return {
      path,
      root,
      tensor: (pickled) => ({ shape: pickled.shape, read: () => readTensor(file, files, inside, pickled) }),
      close: () => file.close(),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function requireLittleEndian(file: RandomAccessFile, order: StoredFile | undefined): Promise<void> {
  if (order === undefined) return;
  const text = Buffer.from(await file.read(order.start, order.bytes)).toString("utf8");
  if (text !== "little")
    throw new InputError(`${file.path} has ${text}-endian numbers, only little-endian ones can be read`);
}

function requireFile(files: ReadonlyMap<string, StoredFile>, name: string, path: string): StoredFile {
  const found = files.get(name);
  if (found === undefined) throw new InputError(`${path} has no file ${name} inside: it is damaged`);
  return found;
}

async function readTensor(
  file: RandomAccessFile,
  files: ReadonlyMap<string, StoredFile>,
  inside: string,
  { storage, offset, shape, strides }: PickledTensor,
): Promise<HostArray> {
  const type = storageTypes[storage.type];
  const width = elementBytes(type);
  const stored = requireFile(files, `${inside}data/${storage.key}`, file.path);
  if (stored.bytes !== storage.count * width)
    throw new InputError(
      `${file.path}: storage ${storage.key} has ${stored.bytes} bytes, its ${storage.count} elements need ${storage.count * width}`,
    );
  const size = sizeOf(shape);
  // The part of the storage that the view touches.
  const span = size === 0 ? 0 : shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], 1);
  const data = decodeElements(await file.read(stored.start + offset * width, span * width), type);
  return { shape, data: span === size && isRowMajor(shape, strides) ? data : gather(data, shape, strides) };
}

function isRowMajor(shape: readonly number[], strides: readonly number[]): boolean {
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    if (shape[axis] !== 1 && strides[axis] !== step) return false;
    step *= shape[axis];
  }
  return true;
}

/** The elements of a strided view in row-major order. */
function gather(data: HostArray["data"], shape: readonly number[], strides: readonly number[]): HostArray["data"] {
  const result = data instanceof Int32Array ? new Int32Array(sizeOf(shape)) : new Float32Array(sizeOf(shape));
  const index = shape.map(() => 0);
  let place = 0;
  for (let i = 0; i < result.length; i++) {
    result[i] = data[place];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index[axis]++;
      place += strides[axis];
      if (index[axis] < shape[axis]) break;
      place -= strides[axis] * shape[axis];
      index[axis] = 0;
    }
  }
  return result;
}
