import { ShapeError } from "../errors.js";
import { aFunction, checkArgument, checkOptions, numberArray, numberBetween, positiveInteger } from "../options.js";
import { checkSome, mean, type Numbers } from "./arrays.js";

const aNumber = { wanted: "a number", accepts: (value: unknown) => typeof value === "number" };
const rules = { uniform: aFunction, level: numberBetween(0, 1), resamples: positiveInteger };

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
  /** Confidence level. Default: 0.95. */
  level?: number | undefined;
  /** Number of resamples. Default: 1,000. */
  resamples?: number | undefined;
}

/**
 * Percentile bootstrap (Efron 1979): the interval of a statistic over items resampled with replacement.
 *
 * @param count number of items
 * @param statistic the statistic of the items with these indices, e.g. the ratio of two means (items then stay paired)
 * @throws InputError if there are no items or an option is wrong
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
  checkArgument("bootstrap", "statistic", statistic, aFunction);
  const values = Float64Array.from(drawResamples(count, options), statistic);
  const [low, high] = percentileInterval(values, options.level);
  return { value: statistic(Int32Array.from({ length: count }, (_, i) => i)), low, high };
}

/**
 * The resamples of a bootstrap: the indices of `count` items drawn with replacement, one array for each resample.
 * Statistics of several methods on the same resamples stay paired.
 *
 * @throws InputError if there are no items or an option is wrong
 * @example
 * const resamples = drawResamples(100, { uniform: random.uniform, resamples: 500 }); // 500 arrays of 100 numbers
 */
export function drawResamples(count: number, options: Omit<BootstrapOptions, "level">): Int32Array[] {
  checkArgument("bootstrap", "the number of items", count, positiveInteger);
  checkOptions<BootstrapOptions>("bootstrap", options, rules, ["uniform"]);
  const { uniform, resamples = 1000 } = options;
  const draw = (): Int32Array => Int32Array.from({ length: count }, () => Math.floor(uniform() * count));
  return Array.from({ length: resamples }, draw);
}

/**
 * The interval between the percentiles of a statistic's resampled values that leaves (1 - level) / 2 outside at each
 * end. NaN, for a resample without a value, counts as the largest.
 *
 * @throws ShapeError if there are no values
 * @throws InputError if a value is not a number or the level is not between 0 and 1
 * @example
 * const [low, high] = percentileInterval([3, 1, 2, 5, 4], 0.5); // 2, 4
 */
export function percentileInterval(values: Numbers, level = 0.95): [low: number, high: number] {
  checkArgument("percentile interval", "values", values, numberArray);
  if (values.length === 0) throw new ShapeError("percentile interval: there are no values, give one or more");
  for (let i = 0; i < values.length; i++) checkArgument("percentile interval", `value ${i}`, values[i], aNumber);
  checkArgument("percentile interval", "level", level, rules.level);
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
  checkSome(values, "bootstrap");
  return bootstrapInterval(values.length, (items) => mean(Float64Array.from(items, (i) => values[i])), options);
}
