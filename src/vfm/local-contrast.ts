import {
  add,
  constant,
  exp,
  hostArray,
  type HostArray,
  log,
  matmul,
  maximum,
  mean,
  mul,
  type NDArray,
  square,
  sub,
  transpose,
} from "../array/index.js";
import { ShapeError } from "../errors.js";
import { mirrorIndex } from "../operators/index.js";

/** Pixels on either side of the middle of a window: windows of 5 x 5 pixels. */
const reach = 2;

/** Least contrast, on images from -1 to 1: even a flat region that the network draws may hide some detail. */
const leastContrast = 0.03;

/** The contrast of a window on an edge of a photograph, at which `contrastScale` is 1. */
const typicalContrast = 0.2;

/**
 * Relative scale of the residual at each pixel, by the contrast around it: residuals of photographs are large on edges
 * and in textures, and small in a flat sky.
 *
 *   ((s^2 + 0.03^2) / 0.2^2)^(texture / 2),
 *
 * s^2: the variance of x in the window of 5 x 5 pixels around the pixel, a mean over the channels. At the border the
 * image is continued by reflection.
 *
 * @param x images with values from -1 to 1, [B, C, H, W]
 * @param texture 0: the same everywhere; 1: proportional to the contrast
 * @returns [B, 1, H, W]
 * @throws ShapeError if x does not have four axes
 */
export function contrastScale(x: NDArray, texture: number): NDArray {
  if (x.ndim !== 4)
    throw new ShapeError(
      `a residual with a texture needs images [B, C, H, W]; these samples are [${x.shape.join(", ")}]`,
    );
  const variance = sub(windowMean(square(x)), square(windowMean(x)));
  // Rounding may leave a variance a little below 0.
  const contrast = add(maximum(mean(variance, 1, true), 0), leastContrast ** 2);
  return exp(mul(log(mul(contrast, typicalContrast ** -2)), texture / 2));
}

/** The mean over the window around each pixel, [B, C, H, W]. */
function windowMean(x: NDArray): NDArray {
  const [, , height, width] = x.shape;
  const alongRows = (image: NDArray, length: number): NDArray =>
    transpose(matmul(image, constant(windowMatrix(length))), [0, 1, 3, 2]);
  return alongRows(alongRows(x, width), height);
}

/** The matrix of means over windows along one axis, which is symmetric: [length, length]. */
function windowMatrix(length: number): HostArray {
  const data = new Float32Array(length ** 2);
  for (let middle = 0; middle < length; middle++)
    for (let shift = -reach; shift <= reach; shift++)
      data[middle * length + mirrorIndex(middle + shift, length)] += 1 / (2 * reach + 1);
  return hostArray(data, [length, length]);
}
