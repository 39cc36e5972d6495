import { hostArray, type HostArray, hostFull, sizeOf } from "../../src/array/index.js";
import { imageGrid } from "../../src/data/index.js";
import { encodePng } from "../../src/node/data/index.js";

/** Number of images of a problem in the pictures, and of samples of each. */
export const shown = { images: 3, samples: 5 };

/** A row of pictures: some samples of each of the first images. samples: [N, samples, C, H, W], values in [-1, 1]. */
export async function samplesStrip({ shape, data }: HostArray): Promise<Buffer> {
  const [count, perImage, ...image] = shape;
  const size = sizeOf(image);
  const places = Array.from({ length: shown.images * shown.samples }, (_, place) => {
    const [i, j] = [Math.floor(place / shown.samples), place % shown.samples];
    return i < count && j < perImage ? (i * perImage + j) * size : undefined;
  });
  return encodeStrip(
    places.map((from) => (from === undefined ? undefined : data.subarray(from, from + size))),
    image,
  );
}

/** A row of pictures. images: [N, C, H, W], values in [-1, 1]. */
export async function rowStrip({ shape: [count, ...image], data }: HostArray): Promise<Buffer> {
  const size = sizeOf(image);
  const places = Array.from({ length: count }, (_, i) => data.subarray(i * size, (i + 1) * size));
  return encodeStrip(places, image);
}

/** The row above the samples: the truth and A^T y of each image, then empty places. Both are [N, C, H, W]. */
export async function truthStrip(truth: HostArray, transposed: HostArray): Promise<Buffer> {
  const [count, ...image] = truth.shape;
  const size = sizeOf(image);
  const places = Array.from({ length: shown.images * shown.samples }, (_, place) => {
    const [i, j] = [Math.floor(place / shown.samples), place % shown.samples];
    return i < count && j < 2 ? [truth, transposed][j].data.subarray(i * size, (i + 1) * size) : undefined;
  });
  return encodeStrip(places, image);
}

function encodeStrip(
  places: readonly (Float32Array | Int32Array | undefined)[],
  image: readonly number[],
): Promise<Buffer> {
  const size = sizeOf(image);
  const batch = hostFull([places.length, ...image], 1);
  places.forEach((pixels, i) => {
    if (pixels !== undefined) batch.data.set(pixels, i * size);
  });
  const { shape, data } = imageGrid(batch, { columns: places.length });
  return encodePng(hostArray(data, shape));
}
