import { randomSource } from "variational-flow-maps";
import { drawCheckerboardPosterior } from "variational-flow-maps/data";
import { squaredMmd } from "variational-flow-maps/metrics";
import { sigma, squareAt } from "../board.js";
import { type PosteriorView } from "../views.js";

/** Samples that pictures show of a posterior. */
export const shownSamples = 256;
/** Samples that distances are estimated from. */
const comparedSamples = 160;

/** Exact samples of p(x | y). */
export function exactSamples(y: number, count: number, ...path: readonly (string | number)[]): Float32Array {
  return drawCheckerboardPosterior(y, sigma, count, randomSource(1, "exact", ...path)).data as Float32Array;
}

/** Samples of a posterior with their readings, compared with exact samples of the same y. */
export function readPosterior(samples: Float32Array, y: number): PosteriorView {
  const count = samples.length / 2;
  let [onBoard, sum, squares] = [0, 0, 0];
  for (let i = 0; i < samples.length; i += 2) {
    const [x1, x2] = [samples[i], samples[i + 1]];
    if (squareAt(x1, x2) >= 0) onBoard++;
    sum += x1;
    squares += x1 * x1;
  }
  const compared = samples.subarray(0, 2 * comparedSamples);
  const mmd = squaredMmd(compared, exactSamples(y, comparedSamples, "reference"), 2);
  return {
    samples,
    reading: {
      onBoard: onBoard / count,
      spread: Math.sqrt(Math.max(0, squares / count - (sum / count) ** 2)),
      distance: Math.sqrt(Math.max(0, mmd)),
    },
  };
}
