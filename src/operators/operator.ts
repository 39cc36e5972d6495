import { type HostArray, type NDArray, type RandomSource } from "../array/index.js";
import { type ImageShape } from "../data/index.js";

/** What an operator draws for each sample (a mask, a kernel): host arrays whose first axis is the sample. */
export type OperatorParameters = Readonly<Record<string, HostArray>>;

/** The same inside a traced function. */
export type TracedParameters = Readonly<Record<string, NDArray>>;

/**
 * A differentiable map A from images to observations, with an A^T that brings an observation back to an image.
 *
 * One operator serves every batch size, image size and channel count: the published parameters hold at 256 pixels and
 * scale with the size.
 */
export interface ForwardOperator {
  readonly name: string;
  /** Whether <A x, y> = <x, A^T y>. Where not, the operator's own page says what `transpose` is instead. */
  readonly transposeIsAdjoint: boolean;
  /**
   * The parameter that is 1 at the entries of y that are observed and 0 at the others (it broadcasts to y's shape).
   * Absent: every entry is observed.
   */
  readonly observedMask?: string;
  /** Whether A commutes with shifts of the image, but for its border; false if not given. */
  readonly shiftInvariant?: boolean;
  /** Draws the parameters of `count` samples; {} if there are none. */
  draw(count: number, image: ImageShape, random: RandomSource): OperatorParameters;
  /** y = A x: [B, C, H, W] -> [B, ...observationShape]. */
  forward(x: NDArray, parameters: TracedParameters): NDArray;
  /** A^T y: [B, ...observationShape] -> [B, C, H, W]. */
  transpose(y: NDArray, parameters: TracedParameters, image: ImageShape): NDArray;
  /** The shape of one observation, without the batch axis. */
  observationShape(image: ImageShape): number[];
}

/** The image size at which the published operator parameters hold, in pixels. */
export const publishedSize = 256;

/** The factor by which lengths in pixels shrink from the published size: min(height, width) / 256. */
export function lengthScale({ height, width }: ImageShape): number {
  return Math.min(height, width) / publishedSize;
}

/** An image's own shape, [C, H, W]: the observation's shape of an operator that keeps the size. */
export function sameShape({ channels, height, width }: ImageShape): number[] {
  return [channels, height, width];
}
