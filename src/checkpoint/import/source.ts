import { InputError } from "../../errors.js";
import { openFile, openSafetensors, requireNoForeignFile } from "../../storage/index.js";
import { oldTorchStart, openOldTorchFile } from "./old-torch-file.js";
import { openTorchFile } from "./torch-file.js";
import { type StateDict } from "./source-tensor.js";
import { optionsIn, tensorsIn } from "./torch-contents.js";

/** A published checkpoint file: its tensors by their dotted names, and the options of the command that wrote it. */
export interface CheckpointSource {
  readonly path: string;
  readonly tensors: StateDict;
  /** Numbers, texts and switches of the training command, if the file has them. */
  readonly options: ReadonlyMap<string, string | number | boolean>;
  close(): Promise<void>;
}

const zipStart = [0x50, 0x4b];
const gzipStart = [0x1f, 0x8b];
const pickleStart = [0x80];
// Position of a tar archive's signature in its first block.
const tarPlace = 257;
const tarStart = [...Buffer.from("ustar")];
const blockBytes = 512;

/**
 * Opens a checkpoint file: PyTorch's (.pt, .pth, .bin, .ckpt) or safetensors, distinguished by their first bytes.
 *
 * @throws InputError if it cannot be read, is truncated, damaged or of another kind, or its pickle is rejected
 */
export async function openCheckpointFile(path: string): Promise<CheckpointSource> {
  const start = await firstBytes(path);
  requireNoForeignFile(start, path);
  const begins = (bytes: readonly number[], place = 0): boolean => bytes.every((byte, i) => start[place + i] === byte);
  if (begins(tarStart, tarPlace))
    throw new InputError(
      `${path} is a tar archive: unpack it; if it is PyTorch's own from before 2017, load and save it with a later torch`,
    );
  if (isOnnx(start))
    throw new InputError(
      `${path} is an ONNX graph: its weights have no names of layers, give PyTorch's file or safetensors`,
    );
  if (begins(gzipStart)) throw new InputError(`${path} is compressed with gzip: unpack it with gunzip`);
  const isOld = begins(oldTorchStart);
  if (begins(pickleStart) && !isOld)
    throw new InputError(
      `${path} is a pickle that torch.save did not write: load it in Python and save it with torch.save`,
    );
  if (!isOld && !begins(zipStart)) {
    const { tensors, close } = await openSafetensors(path);
    return { path, tensors, options: new Map(), close };
  }
  const torch = await (isOld ? openOldTorchFile : openTorchFile)(path);
  return { path, tensors: tensorsIn(torch), options: optionsIn(torch.root), close: () => torch.close() };
}

/**
 * Whether bytes begin like an ONNX graph: with the version of the format, then the producer's name or the graph. A
 * safetensors file may begin with the same number, but is followed by its header.
 */
function isOnnx(start: Uint8Array): boolean {
  const [field, version, next] = start;
  return field === 0x08 && version > 0 && version < 32 && (next === 0x12 || next === 0x3a) && start[8] !== 0x7b;
}

async function firstBytes(path: string): Promise<Uint8Array> {
  const file = await openFile(path);
  try {
    return new Uint8Array(await file.read(0, Math.min(blockBytes, file.size)));
  } finally {
    await file.close();
  }
}
