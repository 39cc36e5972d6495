import { type HostArray } from "variational-flow-maps";
import { type ReadyModel } from "./models.js";
import { type SampleSummary } from "./services.js";

/** What samples say together: mean, standard deviation, the classifier's readings. */
export async function summarise(samples: HostArray, { about, classifier }: ReadyModel): Promise<SampleSummary> {
  const [count, channels, height, width] = samples.shape;
  const values = samples.data as Float32Array;
  const read = await classifier?.classify(values);
  const pixels = height * width;
  const mean = new Float32Array(channels * pixels);
  for (let i = 0; i < values.length; i++) mean[i % mean.length] += values[i] / count;
  const variance = new Float32Array(pixels);
  for (let i = 0; i < values.length; i++) {
    const place = i % mean.length;
    variance[place % pixels] += (values[i] - mean[place]) ** 2 / (channels * Math.max(1, count - 1));
  }
  const readings = read && about.classes.map((_, label) => read.labels.filter((found) => found === label).length);
  return { samples, mean, deviation: variance.map(Math.sqrt), readings };
}
