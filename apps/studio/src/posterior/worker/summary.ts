import { type HostArray } from "variational-flow-maps";
import { type SampleSummary } from "./services.js";

/** What samples say together: mean and standard deviation. */
export function summarise(samples: HostArray): SampleSummary {
  const [count, channels, height, width] = samples.shape;
  const values = samples.data as Float32Array;
  const pixels = height * width;
  const mean = new Float32Array(channels * pixels);
  for (let i = 0; i < values.length; i++) mean[i % mean.length] += values[i] / count;
  const variance = new Float32Array(pixels);
  for (let i = 0; i < values.length; i++) {
    const place = i % mean.length;
    variance[place % pixels] += (values[i] - mean[place]) ** 2 / (channels * Math.max(1, count - 1));
  }
  return { samples, mean, deviation: variance.map(Math.sqrt) };
}
