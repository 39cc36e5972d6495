import { filledNormal, type HostArray, inBatches, type NormalSource, sizeOf } from "../array/index.js";
import { InputError } from "../errors.js";
import { type NoiseOf } from "./noise-source.js";
import { type DrawSettings } from "./sample-options.js";
import { checkSampler, freshNoiseCount } from "./sampler-settings.js";

// Eight gigabytes of float32 values.
const mostValues = 2 ** 31;

/**
 * How many of `total` samples are drawn at once.
 *
 * @throws InputError if all of them are too many for memory, or the sampler's settings or the guidance are wrong
 */
export function batchOf(
  imageShape: readonly number[],
  total: number,
  options: DrawSettings,
  labels: Int32Array | undefined,
): number {
  const { batchSize = imageShape.length === 1 ? 512 : 64, guidance } = options;
  checkSampler(options);
  if (total * sizeOf(imageShape) > mostValues)
    throw new InputError(
      `${total} samples [${imageShape.join(", ")}] do not fit into one array of ${mostValues} numbers: draw fewer at a time`,
    );
  if (guidance !== undefined && labels === undefined) throw new InputError("guidance needs a label: give a label too");
  return Math.min(batchSize, total);
}

/**
 * Draws `total` samples, `batch` at a time. `draw` gets noise [batch, ...sampleShape], the sampler's fresh noise, and
 * the indices of the samples, [batch].
 *
 * @returns [total, ...sampleShape]
 */
export async function drawBatches(
  sampleShape: readonly number[],
  total: number,
  batch: number,
  random: NormalSource,
  noiseOf: NoiseOf,
  options: DrawSettings,
  draw: (eps: HostArray, fresh: HostArray[], numbers: Int32Array) => Promise<HostArray>,
): Promise<HostArray> {
  // Each step has its own source, so that the samples do not depend on the batch size.
  const sources = Array.from({ length: freshNoiseCount(options) }, (_, step) => noiseOf("fresh", step));
  return inBatches(total, batch, async (numbers, filled) => {
    options.onBatch?.(numbers[0] / total);
    const fresh = sources.map((source) => filledNormal(source, batch, filled, sampleShape));
    return draw(filledNormal(random, batch, filled, sampleShape), fresh, numbers);
  });
}
