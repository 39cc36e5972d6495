import { type HostArray, randomSource } from "../array/index.js";
import { broadcastMask } from "./broadcast-mask.js";
import { type OperatorParameters } from "./operator.js";
import { type Problem } from "./problem.js";

/**
 * Brings a measured y into the form of the problem's observation model. Where an operator observes nothing in its holes
 * (see `observedMask`), whatever a measurement has there becomes 0. Where it leaves noise there (see `noiseMask`), a
 * measurement may have 0 in all holes of a sample; those holes are then filled with noise. It depends on the problem's
 * name and on the sample's place in y alone.
 *
 * @param y [N, ...observationShape]
 */
export function withOwnHoleValues(problem: Problem, y: HostArray, parameters: OperatorParameters): HostArray {
  const { observedMask, noiseMask } = problem.observation.operator;
  if (observedMask !== undefined) return withoutHoles(y, broadcastMask(parameters[observedMask], y.shape));
  return noiseMask === undefined ? y : withNoise(problem, y, broadcastMask(parameters[noiseMask], y.shape));
}

function withoutHoles({ shape, data }: HostArray, mask: ArrayLike<number>): HostArray {
  return { shape, data: Float32Array.from(data, (value, i) => value * (mask[i] > 0 ? 1 : 0)) };
}

function withNoise({ name, observation }: Problem, y: HostArray, mask: ArrayLike<number>): HostArray {
  const [count] = y.shape;
  const size = y.data.length / count;
  const data = Float32Array.from(y.data);
  const noise = observation.drawNoise(y.shape, randomSource(0, "holes", name)).data;
  for (let sample = 0; sample < count; sample++) {
    const own = data.subarray(sample * size, (sample + 1) * size);
    const isHole = (i: number): boolean => mask[sample * size + i] === 0;
    if (own.some((value, i) => value !== 0 && isHole(i))) continue;
    own.forEach((_, i) => {
      if (isHole(i)) own[i] = observation.sigma * noise[sample * size + i];
    });
  }
  return { shape: y.shape, data };
}
