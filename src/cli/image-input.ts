import { type HostArray, hostType } from "../array/index.js";
import { batchShape, type ImageShape, requireFinite } from "../data/index.js";
import { type ImageReading, readImageFile } from "../node/data/index.js";
import { InputError } from "../errors.js";
import { decodeSafetensors, readInput } from "../storage/index.js";

/** Whether a path names a file of tensors, which hold values that an image file's 8 bits cannot. */
export function isTensorFile(path: string): boolean {
  return path.endsWith(".safetensors");
}

/**
 * Reads an image of the model's size: an image file, resized, cropped to its centre and made grey or coloured as in
 * training, or the tensor "image" of a safetensors file, float32 [C, H, W].
 *
 * @returns a batch of one, float32 [1, C, H, W], values in [-1, 1] for an image file, and what was changed in the image
 * @throws InputError if it cannot be read, has another shape or type, or holds a value that is not finite
 */
export async function readImageBatch(
  path: string,
  image: ImageShape,
): Promise<{ images: HostArray; converted: ImageReading["converted"] }> {
  const { image: read, converted } = isTensorFile(path)
    ? { image: await readTensor(path, image), converted: [] }
    : await readImageFile(path, image);
  return { images: { shape: batchShape(1, image), data: read.data }, converted };
}

async function readTensor(path: string, image: ImageShape): Promise<HostArray> {
  const tensor = decodeSafetensors(await readInput(path), path, (name) => name === "image").get("image");
  if (tensor === undefined) throw new InputError(`${path} has no tensor "image"`);
  const [, ...wanted] = batchShape(1, image);
  if (tensor.shape.join() !== wanted.join())
    throw new InputError(
      `${path}: image is [${tensor.shape.join(", ")}], the model's images are [${wanted.join(", ")}]`,
    );
  if (hostType(tensor) !== "float32") throw new InputError(`${path}: image has to be float32, it is int32`);
  requireFinite(tensor, `${path}: image`);
  return tensor;
}
