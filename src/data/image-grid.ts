import { checkOptions, integerFrom } from "../options.js";
import { ShapeError } from "../errors.js";
import { hostFull, type HostArray } from "../array/index.js";
import { imageShapeOf, requireArray } from "./dataset.js";

/** Options of `imageGrid`. */
export interface ImageGridOptions {
  /** Number of images in a row. Default: the side of the smallest square that holds them all. */
  columns?: number | undefined;
  /** Number of pixels between two images. Default: 2. */
  gap?: number | undefined;
}

const mostColumns = 65_536;

/**
 * Arranges a batch of images as one image, row by row; gaps and empty places are black (-1).
 *
 * @param images float32 [B, C, H, W]
 * @returns float32 [C, rows (H + gap) - gap, columns (W + gap) - gap]
 * @throws ShapeError if `images` does not have four axes, or there are none
 * @example
 * await writePng("samples.png", imageGrid(images, { columns: 8 }));
 */
export function imageGrid(images: HostArray, options: ImageGridOptions = {}): HostArray {
  requireArray("imageGrid", images);
  checkOptions("imageGrid", options, { columns: integerFrom(1, mostColumns), gap: integerFrom(0, mostColumns) });
  const { channels, height, width } = imageShapeOf(images);
  const count = images.shape[0];
  if (count === 0) throw new ShapeError("imageGrid: there are no images to arrange, give one or more");
  const { columns = Math.ceil(Math.sqrt(count)), gap = 2 } = options;
  const gridHeight = Math.ceil(count / columns) * (height + gap) - gap;
  const gridWidth = columns * (width + gap) - gap;
  const grid = hostFull([channels, gridHeight, gridWidth], -1);
  for (let image = 0; image < count; image++)
    for (let channel = 0; channel < channels; channel++)
      for (let row = 0; row < height; row++) {
        const from = ((image * channels + channel) * height + row) * width;
        const gridRow = Math.floor(image / columns) * (height + gap) + row;
        const to = (channel * gridHeight + gridRow) * gridWidth + (image % columns) * (width + gap);
        grid.data.set(images.data.subarray(from, from + width), to);
      }
  return grid;
}
