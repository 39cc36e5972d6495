import { type HostArray } from "../array/index.js";
import { imageShapeOf, type ImageShape } from "../data/index.js";
import { InputError } from "../errors.js";
import { checkOptions, positiveInteger } from "../options.js";
import { applyAlongAxes, axisMatrix, mirrorIndex } from "./axis-matrix.js";
import { type ForwardOperator, imageOf } from "./operator.js";

/** Options of `superResolution`. */
export interface SuperResolutionOptions {
  /** The number of image pixels along each axis that become one pixel. Default: 4. */
  factor?: number | undefined;
}

/**
 * Super-resolution: A x is the antialiased bicubic reduction by `factor`, with the edge mirrored, to ceil(H / factor) x
 * ceil(W / factor) pixels.
 *
 * `transpose` is NOT the adjoint: it enlarges by repeating each pixel (nearest neighbour), so that the adapter receives
 * an image of the usual brightness. Source: the VFM paper's image experiments.
 *
 * @throws InputError if the factor is not a positive integer; when it is used, if it is larger than the image
 * @example
 * const mine = problem("small", gaussianNoise(superResolution({ factor: 4 }), 0.05));
 */
export function superResolution(options: SuperResolutionOptions = {}): ForwardOperator {
  checkOptions("super-resolution", options, { factor: positiveInteger });
  const { factor = 4 } = options;
  return {
    name: "super-resolution",
    transposeIsAdjoint: false,
    local: true,
    averaging: true,
    draw: () => ({}),
    forward: (x) => {
      const { height, width } = fitting(imageShapeOf(x), factor);
      return applyAlongAxes(bicubicReduction(height, factor), x, bicubicReduction(width, factor));
    },
    transpose: (y, _parameters, shape) => {
      const { height, width } = imageOf("super-resolution", shape);
      return applyAlongAxes(nearestEnlargement(height, factor), y, nearestEnlargement(width, factor));
    },
    observationShape: (shape) => {
      const { channels, height, width } = fitting(imageOf("super-resolution", shape), factor);
      return [channels, Math.ceil(height / factor), Math.ceil(width / factor)];
    },
  };
}

function fitting(image: ImageShape, factor: number): ImageShape {
  const { height, width } = image;
  if (factor > Math.max(height, width))
    throw new InputError(
      `super-resolution: the factor ${factor} is larger than the image of ${height} x ${width} pixels: choose a smaller one`,
    );
  return image;
}

/**
 * The matrix [ceil(length / factor), length] of bicubic reduction along one axis. The kernel is stretched by `factor`,
 * so that it also removes the frequencies that the smaller image cannot represent; each row sums to 1.
 */
export function bicubicReduction(length: number, factor: number): HostArray {
  return axisMatrix(Math.ceil(length / factor), length, (row) => {
    const centre = (row + 0.5) * factor - 0.5;
    const first = Math.ceil(centre - 2 * factor);
    const taps = Array.from({ length: Math.floor(centre + 2 * factor) - first + 1 }, (_, i) => first + i);
    const weights = taps.map((tap) => cubic((tap - centre) / factor));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    return taps.map((tap, i): [number, number] => [mirrorIndex(tap, length), weights[i] / total]);
  });
}

function nearestEnlargement(length: number, factor: number): HostArray {
  return axisMatrix(length, Math.ceil(length / factor), (row) => [[Math.floor(row / factor), 1]]);
}

// The cubic convolution kernel with a = -1/2 (Keys 1981).
function cubic(distance: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return 1.5 * d ** 3 - 2.5 * d ** 2 + 1;
  return d < 2 ? -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2 : 0;
}
