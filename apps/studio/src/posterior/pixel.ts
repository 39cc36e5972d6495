import { computed } from "@preact/signals";
import { type SampleSummary } from "./worker/services.js";
import { shown } from "./session.js";
import { view } from "./view.js";

/** The samples' values at a pixel. */
export interface PixelReading {
  readonly row: number;
  readonly column: number;
  /** One a sample, channels averaged, in rising order. */
  readonly values: readonly number[];
  /** The least and the greatest of the values. */
  readonly range: readonly [low: number, high: number];
  readonly truth: number;
  readonly mean: number;
}

/** Reads the samples and the truth at a pixel. */
export function readPixel(
  { samples }: SampleSummary,
  truth: ArrayLike<number>,
  row: number,
  column: number,
): PixelReading {
  const [count, channels, height, width] = samples.shape;
  const at = (data: ArrayLike<number>, image: number): number => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[((image * channels + c) * height + row) * width + column];
    return sum / channels;
  };
  const values = Array.from({ length: count }, (_, i) => at(samples.data, i)).sort((a, b) => a - b);
  return {
    row,
    column,
    values,
    range: [values[0], values[count - 1]],
    truth: at(truth, 0),
    mean: values.reduce((sum, value) => sum + value, 0) / count,
  };
}

/** The chosen pixel, or the least certain one. */
export const reading = computed<PixelReading | undefined>(() => {
  if (shown.value === undefined) return undefined;
  const { request, result } = shown.value;
  const [, , height, width] = result.samples.shape;
  const { pixel } = view.value;
  const least = result.deviation.indexOf(Math.max(...result.deviation));
  const [row, column] = pixel ?? [Math.floor(least / width), least % width];
  return readPixel(result, request.image, Math.min(row, height - 1), Math.min(column, width - 1));
});
