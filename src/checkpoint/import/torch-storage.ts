import { type HostArray, sizeOf } from "../../array/index.js";
import { InputError } from "../../errors.js";
import { quoted } from "../../quoted-text.js";
import { decodeElements, elementBytes, type RandomAccessFile } from "../../storage/index.js";
import { type PickledTensor, type PickleValue } from "./pickle-values.js";
import { readableDtype } from "./torch-types.js";

/** A checkpoint that PyTorch saved: the content of its pickle, and its tensors, which are read on demand. */
export interface TorchFile {
  readonly path: string;
  readonly root: PickleValue;
  /** Reads a tensor of the pickle. Throws InputError naming it if its type or storage cannot be read. */
  read(tensor: PickledTensor, name: string): Promise<HostArray>;
  close(): Promise<void>;
}

/** The place of a storage's bytes in its file. */
export interface StoredBytes {
  start: number;
  bytes: number;
}

/**
 * Reads a strided view of a storage, in row-major order.
 *
 * @param stored the place of its bytes
 * @param name the tensor's name, for messages
 * @throws InputError if its type cannot be read, or its bytes are missing
 */
export async function readTensor(
  file: RandomAccessFile,
  stored: StoredBytes,
  { storage, dtype, offset, shape, strides }: PickledTensor,
  name: string,
): Promise<HostArray> {
  const tensor = `${file.path}: tensor ${quoted(name)}`;
  const type = readableDtype(dtype);
  if (type === undefined)
    throw new InputError(`${tensor} is ${quoted(dtype)}, which cannot be read: convert it to float32`);
  const width = elementBytes(type);
  const size = sizeOf(shape);
  // The part of the storage that the view touches.
  const span = size === 0 ? 0 : shape.reduce((last, length, axis) => last + (length - 1) * strides[axis], 1);
  const start = (storage.start + offset) * width;
  if (start + span * width > stored.bytes)
    throw new InputError(
      `${tensor} needs ${start + span * width} bytes of storage ${quoted(storage.key)}, which has ${stored.bytes}: the file is damaged`,
    );
  const data = decodeElements(await file.read(stored.start + start, span * width), type, tensor);
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
