import { add, concatenate, mul, type NDArray, sliceAxis } from "../../../src/array/index.js";
import { type ImageShape } from "../../../src/data/index.js";
import {
  boxInpainting,
  type ForwardOperator,
  gaussianBlur,
  highDynamicRange,
  identity,
  motionBlur,
  type OperatorParameters,
  phaseRetrieval,
  randomInpainting,
  superResolution,
  type TracedParameters,
} from "../../../src/operators/index.js";
import { type Fixture } from "./fixture.js";

/** The standard deviation of the observations' noise, which the published code fixes. */
export const publishedNoise = 0.05;

/** An operator of a batch, with what it drew for its sample. */
export interface SampleOperator {
  operator: ForwardOperator;
  parameters: OperatorParameters;
}

/** The number after an "x" in a text, "super-resolution x4 (res 32)" -> 4. */
function factorIn(text: string): number | undefined {
  const factor = /(?:^|[^a-z])x ?(\d+(\.\d+)?)/i.exec(text)?.[1];
  return factor === undefined ? undefined : Number(factor);
}

/**
 * The operator of sample i of a batch: by the words of its problem's name, with the sizes that the recorded arrays have.
 *
 * @param described e.g. "gaussian blur 61/3.0 reflect" or "super-resolution x4 (res 32)"
 * @throws Error if no operator has such a name
 */
export function sampleOperator(fixture: Fixture, i: number, described: unknown, image: ImageShape): SampleOperator {
  const problem = typeof described === "string" ? described : JSON.stringify(described);
  const plain = (operator: ForwardOperator): SampleOperator => ({ operator, parameters: {} });
  const observedHeight = fixture.get(`in.meas_noise.${i}`).shape[2];
  const mask = `in.op_mask.${i}`;
  if (fixture.has(mask)) {
    const inpainting = /box/i.test(problem) ? boxInpainting : randomInpainting;
    return { operator: inpainting({ holes: "noise" }), parameters: { mask: fixture.get(mask) } };
  }
  if (/motion/i.test(problem)) {
    // The published copies of this operator share one kernel, the last that was drawn.
    const { shape, data } = fixture.get("in.motion_kernel_last");
    const kernel = { shape: [1, ...shape.slice(-2)], data };
    return { operator: motionBlur({ taps: kernel.shape[2] }), parameters: { kernel } };
  }
  if (/gauss/i.test(problem)) {
    // A kernel's side and its standard deviation, which is the smaller one; the published blur's if they are not said.
    const [first = 61, second = 3] = (problem.match(/\d+(\.\d+)?/g) ?? []).map(Number);
    return plain(gaussianBlur({ taps: Math.max(first, second), std: Math.min(first, second) }));
  }
  if (/super|\bsr/i.test(problem))
    return plain(superResolution({ factor: factorIn(problem) ?? Math.round(image.height / observedHeight) }));
  if (/hdr|dynamic/i.test(problem)) return plain(highDynamicRange({ scale: factorIn(problem) }));
  if (/phase/i.test(problem))
    return plain(phaseRetrieval({ oversample: (4 * (observedHeight - image.height)) / image.height }));
  if (/identity|denois/i.test(problem)) return plain(identity());
  throw new Error(`${fixture.file}: there is no operator for the published problem "${problem}" of sample ${i}`);
}

/** A^T (A x + noise) of each sample by its own operator, x: [B, C, H, W]; without noise, A^T A x. */
export function observeTransposed(
  operators: readonly ForwardOperator[],
  parameters: readonly TracedParameters[],
  x: NDArray,
  noises?: readonly NDArray[],
): NDArray {
  return concatenate(
    operators.map(({ forward, transpose }, i) => {
      const y = forward(sliceAxis(x, 0, i, i + 1), parameters[i]);
      const observed = noises === undefined ? y : add(y, mul(noises[i], publishedNoise));
      return transpose(observed, parameters[i], x.shape.slice(1));
    }),
  );
}
