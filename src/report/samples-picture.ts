import sharp from "sharp";
import { hostArray, type HostArray } from "../array/index.js";
import { imageGrid } from "../data/index.js";
import { encodePng } from "../node/data/index.js";
import { type ProblemSamples } from "../evaluate/index.js";
import { meanOf, unstack } from "./report-row.js";

const shownSamples = 8;
const enlargement = 3;

/**
 * A picture of posterior samples as a PNG. It has one row for each problem, each with the next of its images: from the
 * left the truth, y (A^T y where y has another size), eight samples, and the samples' mean.
 */
export async function samplesPicture(problems: readonly ProblemSamples[]): Promise<Buffer> {
  const rows = problems.map(({ truth, observation, samples }, row) => {
    const image = row % truth.shape[0];
    const drawn = unstack(samples)[image];
    const shown = unstack(drawn).slice(0, shownSamples);
    const { y, transposed } = observation;
    const observed = y.shape.join() === truth.shape.join() ? y : transposed;
    return [unstack(truth)[image], unstack(observed)[image], ...shown, meanOf(drawn)];
  });
  const grid = imageGrid(stack(rows.flat()), { columns: rows[0].length });
  const png = sharp(await encodePng(grid));
  return png
    .resize({ width: grid.shape[2] * enlargement, kernel: "nearest" })
    .png({ compressionLevel: 9 })
    .toBuffer();
}

/** Stacks images of one shape into a batch: [...shape] each -> [images.length, ...shape]. */
function stack(images: readonly HostArray[]): HostArray {
  const [{ shape, data }] = images;
  const values = new Float32Array(images.length * data.length);
  images.forEach((image, i) => values.set(image.data, i * data.length));
  return hostArray(values, [images.length, ...shape]);
}
