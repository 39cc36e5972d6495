import { type HostArray, randomSource } from "../array/index.js";
import { type OperatorParameters } from "./operator.js";
import { type Problem } from "./problem.js";

/**
 * Brings a measured y into the form of the problem's observation model. Where an operator leaves noise in the holes
 * (see `noiseMask`), a measurement may have 0 in all holes of a sample; those holes are then filled with noise. The
 * same y always gets the same noise.
 *
 * @param y [N, ...observationShape]
 */
export function withNoiseInHoles(
  { name, observation }: Problem,
  y: HostArray,
  parameters: OperatorParameters,
): HostArray {
  const { noiseMask } = observation.operator;
  if (noiseMask === undefined) return y;
  const mask = parameters[noiseMask].data;
  const [count] = y.shape;
  const [size, maskSize] = [y.data.length / count, mask.length / count];
  // A mask is shared by the channels.
  const isHole = (sample: number, i: number): boolean => mask[sample * maskSize + (i % maskSize)] === 0;
  const data = Float32Array.from(y.data);
  const noise = observation.drawNoise(y.shape, randomSource(0, "holes", name)).data;
  for (let sample = 0; sample < count; sample++) {
    const own = data.subarray(sample * size, (sample + 1) * size);
    if (own.some((value, i) => value !== 0 && isHole(sample, i))) continue;
    own.forEach((_, i) => {
      if (isHole(sample, i)) own[i] = observation.sigma * noise[sample * size + i];
    });
  }
  return { shape: y.shape, data };
}
