import { ShapeError } from "../errors.js";
import { mean, type Numbers } from "./arrays.js";

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
  level?: number;
  /** Number of resamples; 1,000 if not given. */
  resamples?: number;
}

/**
 * Percentile bootstrap (Efron 1979): the statistic of items drawn again with replacement.
 *
 * @param count number of items
 * @param statistic of the items with these numbers, e.g. the ratio of two means (items then stay paired)
 * @throws ShapeError if there are no items
 */
export function bootstrapInterval(
  count: number,
  statistic: (items: Int32Array) => number,
  options: BootstrapOptions,
): Interval {
  const { uniform, level = 0.95, resamples = 1000 } = options;
  if (count < 1) throw new ShapeError("bootstrap: no items to draw from");
  const draw = (): Int32Array => Int32Array.from({ length: count }, () => Math.floor(uniform() * count));
  const values = Float64Array.from({ length: resamples }, () => statistic(draw())).sort();
  const at = (share: number): number => values[Math.min(resamples - 1, Math.floor(share * resamples))];
  return {
    value: statistic(Int32Array.from({ length: count }, (_, i) => i)),
    low: at((1 - level) / 2),
    high: at((1 + level) / 2),
  };
}

/** The mean of independent values with its bootstrap interval. */
export function meanInterval(values: Numbers, options: BootstrapOptions): Interval {
  return bootstrapInterval(values.length, (items) => mean(Float64Array.from(items, (i) => values[i])), options);
}
