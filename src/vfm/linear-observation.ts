import { type NDArray } from "../array/index.js";

/** An observation of a batch of images by a linear operator A with Gaussian noise, inside a traced function. */
export interface LinearObservation {
  /** y, [B, ...observationShape]; 0 where nothing was observed. */
  y: NDArray;
  /** A x, [B, ...imageShape] -> [B, ...observationShape]: linear, and 0 where nothing was observed. */
  forward(x: NDArray): NDArray;
  /** Whether A commutes with shifts of an image [C, H, W], except at the border. Default: false. */
  shiftInvariant?: boolean | undefined;
  /** Standard deviation of the noise. */
  sigma: number;
}
