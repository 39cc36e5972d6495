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

/** The standard deviation of samples over the first axis, with the divisor n: [n, ...shape] -> [...shape]. */
export function standardDeviationOf(samples: HostArray): HostArray {
  const { shape, data } = meanOf(samples);
  const [count] = samples.shape;
  const deviation = data.map((mean, pixel) => {
    let squares = 0;
    for (let i = 0; i < count; i++) squares += (samples.data[i * data.length + pixel] - mean) ** 2;
    return Math.sqrt(squares / count);
  });
  return hostArray(deviation, shape);
}

/**
 * A row of the report.
 *
 * @param observation the observation, [C, H', W']
 * @param samples [n, C, H, W]
 * @param truth [C, H, W], if it is known
 */
export function reportRow(observation: HostArray, samples: HostArray, truth?: HostArray): ReportRow {
  return {
    observation,
    samples: unstack(samples),
    mean: meanOf(samples),
    std: standardDeviationOf(samples),
    ...(truth === undefined ? {} : { truth }),
  };
}
