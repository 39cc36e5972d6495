import { hostArray, type HostArray, sizeOf } from "../array/index.js";
import { type ReportRow } from "./problem-section.js";

/** The items along the first axis. */
export function unstack({ shape: [count, ...shape], data }: HostArray): HostArray[] {
  const size = sizeOf(shape);
  return Array.from({ length: count }, (_, i) => hostArray(data.slice(i * size, (i + 1) * size), shape));
}

/** The mean of samples over the first axis: [n, ...shape] -> [...shape]. */
export function meanOf({ shape: [count, ...shape], data }: HostArray): HostArray {
  const size = sizeOf(shape);
  const mean = Float32Array.from({ length: size }, (_, pixel) => {
    let sum = 0;
    for (let i = 0; i < count; i++) sum += data[i * size + pixel];
    return sum / count;
  });
  return hostArray(mean, shape);
}

/**
 * The standard deviation of samples over the first axis, with the divisor n - 1: [n, ...shape] -> [...shape]. Undefined
 * for one sample, which tells nothing of it.
 */
export function standardDeviationOf(samples: HostArray): HostArray | undefined {
  const [count] = samples.shape;
  if (count < 2) return undefined;
  const { shape, data } = meanOf(samples);
  const deviation = data.map((mean, pixel) => {
    let squares = 0;
    for (let i = 0; i < count; i++) squares += (samples.data[i * data.length + pixel] - mean) ** 2;
    return Math.sqrt(squares / (count - 1));
  });
  return hostArray(deviation, shape);
}

/** Samples [n, ...shape] with their mean and, if there are two or more, their standard deviation, for a file of tensors. */
export function sampleTensors(samples: HostArray): Record<string, HostArray> {
  const std = standardDeviationOf(samples);
  return { samples, mean: meanOf(samples), ...(std && { std }) };
}

/**
 * A row of the report.
 *
 * @param observation the observation, [C, H', W']
 * @param samples [n, C, H, W]
 * @param truth [C, H, W], if it is known
 */
export function reportRow(observation: HostArray, samples: HostArray, truth?: HostArray): ReportRow {
  const std = standardDeviationOf(samples);
  return {
    observation,
    samples: unstack(samples),
    mean: meanOf(samples),
    ...(std && { std }),
    ...(truth && { truth }),
  };
}
