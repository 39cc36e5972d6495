import { type HostArray } from "../array/index.js";
import { type Dataset, imageSize } from "../data/index.js";
import { InputError } from "../errors.js";

/** Images with one label each. */
export type LabelledDataset = Dataset & { readonly labels: Int32Array };

/** A data set that has labels. Throws InputError, naming `source`, if it has none. */
export function requireLabels(dataset: Dataset, source: string): LabelledDataset {
  const { labels } = dataset;
  if (labels === undefined) throw new InputError(`${source} has no labels: use a data set with one class an image`);
  return { ...dataset, labels };
}

/**
 * A batch of images, each moved by up to `reach` pixels up or down and left or right; new pixels at the edge are -1.
 *
 * @param indices the indices of the images
 * @param offset draws an integer uniform in [0, bound)
 * @param mirror whether images are mirrored left to right, each with probability 1/2
 * @returns float32 [indices.length, C, H, W]
 */
export function shiftedBatch(
  dataset: Dataset,
  indices: Int32Array,
  reach: number,
  offset: (bound: number) => number,
  mirror = false,
): HostArray {
  const { channels, height, width } = dataset.shape;
  const size = imageSize(dataset.shape);
  const data = new Float32Array(indices.length * size).fill(-1);
  const shift = (): number => offset(2 * reach + 1) - reach;
  indices.forEach((index, i) => {
    const [down, right] = [shift(), shift()];
    const turned = mirror && offset(2) === 1;
    const [from, to] = [Math.max(0, -right), Math.min(width, width - right)];
    for (let line = 0; line < channels * height; line++) {
      const row = (line % height) + down;
      if (row < 0 || row >= height) continue;
      const source = index * size + line * width;
      const place = i * size + (line + down) * width;
      const moved = data.subarray(place + from + right, place + to + right);
      moved.set(dataset.images.subarray(source + from, source + to));
      if (turned) data.subarray(place, place + width).reverse();
    }
  });
  return { shape: [indices.length, channels, height, width], data };
}
