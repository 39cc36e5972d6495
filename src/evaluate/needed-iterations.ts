import { type HostArray } from "../array/index.js";
import { defaultIterations, type ObservationUpdate } from "../vfm/index.js";

/** Allowed root mean square difference of samples from those of a solved system, on images from -1 to 1. */
const updateTolerance = 0.005;

// Most systems need fewer than the default, those of photographs up to 48.
const counts = [1, 2, 3, 4, 5, 6, 7, 8, 10, 12, 14, defaultIterations, 20, 24, 32, 48, 64];
// After so many iterations, systems of the size of a small image are solved far more accurately than the tolerance.
const solved = 128;

/**
 * The number of iterations of conjugate gradients that an update needs, and the remaining difference of its samples
 * from a solved system's.
 */
export interface NeededIterations {
  iterations: number;
  /** Root mean square difference from the samples after 128 iterations, on images from -1 to 1. */
  difference: number;
}

/**
 * The least number of iterations of conjugate gradients after which the root mean square difference of updated samples
 * from those after 128 iterations is at most 0.005 (a quarter of a percent of the images' range). It is one of 1 to 8,
 * 10 to 16 in twos, 20, 24, 32, 48 and 64; 64 if that is not enough.
 *
 * @param drawUpdated the samples of an update: a function of `sharedDraws`
 * @param update an update with a residual
 */
export async function neededIterations(
  drawUpdated: (update: ObservationUpdate) => Promise<HostArray>,
  update: ObservationUpdate,
): Promise<NeededIterations> {
  const draw = async (iterations: number) => {
    const residual = update.residual && { ...update.residual, iterations };
    return (await drawUpdated({ ...update, ...(residual && { residual }) })).data;
  };
  const exact = await draw(solved);
  const differenceAfter = async (iterations: number): Promise<number> => {
    const found = await draw(iterations);
    let squares = 0;
    for (let i = 0; i < exact.length; i++) squares += (exact[i] - found[i]) ** 2;
    return Math.sqrt(squares / exact.length);
  };
  // The difference decreases with every iteration, so bisection finds the number.
  let [low, high] = [0, counts.length - 1];
  let difference = await differenceAfter(counts[high]);
  while (low < high) {
    const middle = (low + high) >> 1;
    const found = await differenceAfter(counts[middle]);
    if (found <= updateTolerance) [high, difference] = [middle, found];
    else low = middle + 1;
  }
  return { iterations: counts[high], difference };
}
