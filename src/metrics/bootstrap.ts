import { ShapeError } from "../errors.js";
import { checkFinite, mean, type Numbers } from "./arrays.js";

/** An estimate with its confidence interval. */
export interface Interval {
  value: number;
  low: number;
  high: number;
}

/** Options of the bootstrap. */
export interface BootstrapOptions {
  /** Draws a number uniform in [0, 1). */
  uniform(): number;
  /** Confidence level; 0.95 if not given. */
  level?: number | undefined;
  /** Number of resamples; 1,000 if not given. */
  resamples?: number | undefined;
}

/**
 * Percentile bootstrap (Efron 1979): the statistic of items drawn again with replacement.
 *
 * @param count number of items
 * @param statistic of the items with these numbers, e.g. the ratio of two means (items then stay paired)
 * @throws ShapeError if there are no items
 * @example
 * const seconds = [[1.2, 2.1], [0.9, 1.8], [1.1, 2.4]];
 * const ratio = (items: Int32Array) => mean(items.map((i) => seconds[i][0])) / mean(items.map((i) => seconds[i][1]));
 * const { value, low, high } = bootstrapInterval(seconds.length, ratio, { uniform: random.uniform });
 */
export function bootstrapInterval(
  count: number,
  statistic: (items: Int32Array) => number,
  options: BootstrapOptions,
): Interval {
  const values = Float64Array.from(drawResamples(count, options), statistic);
  const [low, high] = percentileInterval(values, options.level);
  return { value: statistic(Int32Array.from({ length: count }, (_, i) => i)), low, high };
}

/**
 * The resamples of a bootstrap: the numbers of `count` items drawn with replacement, one array a resample. Statistics of
 * several methods on the same resamples stay paired.
 *
 * @throws ShapeError if there are no items
 * @example
 * const resamples = drawResamples(100, { uniform: random.uniform, resamples: 500 }); // 500 arrays of 100 numbers
 */
export function drawResamples(
  count: number,
  { uniform, resamples = 1000 }: Omit<BootstrapOptions, "level">,
): Int32Array[] {
  if (count < 1) throw new ShapeError("bootstrap: no items to draw from");
  const draw = (): Int32Array => Int32Array.from({ length: count }, () => Math.floor(uniform() * count));
  return Array.from({ length: resamples }, draw);
}

/**
 * The interval between the percentiles of a statistic's resampled values that leaves (1 - level) / 2 outside at each end.
 *
 * @example
 * const [low, high] = percentileInterval([3, 1, 2, 5, 4], 0.5); // 2, 4
 */
export function percentileInterval(values: Numbers, level = 0.95): [low: number, high: number] {
  const sorted = Float64Array.from(values).sort();
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return [at((1 - level) / 2), at((1 + level) / 2)];
}

/**
 * The mean of independent values with its bootstrap interval.
 *
 * @throws ShapeError if there are no values
 * @throws InputError if a value is not finite
 * @example
 * const { value, low, high } = meanInterval([21.3, 24.8, 22.9], { uniform: random.uniform });
 */
export function meanInterval(values: Numbers, options: BootstrapOptions): Interval {
  checkFinite(values, "bootstrap");
  return bootstrapInterval(values.length, (items) => mean(Float64Array.from(items, (i) => values[i])), options);
}
