import { type NDArray, type RandomSource, reshape, silu } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { type ImageShape } from "../data/index.js";
import {
  convolution,
  type ConvolutionParameters,
  initialiseConvolution,
  initialiseLinear,
  linear,
  type LinearParameters,
  spaceToDepth,
} from "../nn/index.js";

/** The configuration of a classifier of images. */
export interface ClassifierConfig {
  /** The size of the images; height and width are even. */
  image: ImageShape;
  /** Number of classes. */
  classes: number;
  /** Channels of the first convolution; the later ones have twice as many. */
  width: number;
  /** Length of the feature vector: the input of the last layer, and the space of Frechet distances. */
  features: number;
}

/** Three convolutions, a hidden layer and the last layer. */
export type ClassifierParameters = {
  convolutions: ConvolutionParameters[];
  hidden: LinearParameters;
  output: LinearParameters;
};

const kernelSize = 3;
const strides = [1, 2, 2];

/** Initial parameters of a classifier. */
export function initialiseClassifier(config: ClassifierConfig, random: RandomSource): Hosted<ClassifierParameters> {
  const { image, classes, width, features } = config;
  const channels = [4 * image.channels, width, 2 * width, 2 * width];
  // Space-to-depth and each convolution of stride 2 halve the side, rounded up.
  const pixels = [image.height, image.width].map((length) => Math.ceil(Math.ceil(length / 4) / 2));
  return {
    convolutions: strides.map((_, i) => initialiseConvolution(random, channels[i], channels[i + 1], kernelSize)),
    hidden: initialiseLinear(random, 2 * width * pixels[0] * pixels[1], features),
    output: initialiseLinear(random, features, classes),
  };
}

/**
 * A small convolutional classifier: blocks of 2 x 2 pixels moved into channels, three convolutions with SiLU at strides
 * 1, 2 and 2, a hidden layer with SiLU, whose result is the feature vector, and a last layer.
 *
 * @param x [B, C, H, W], values in [-1, 1]
 * @returns features [B, features] and logits [B, classes]
 */
export function applyClassifier(
  { convolutions, hidden, output }: ClassifierParameters,
  x: NDArray,
): { features: NDArray; logits: NDArray } {
  const image = convolutions.reduce(
    (value, parameters, i) => silu(convolution(parameters, value, { stride: strides[i] })),
    spaceToDepth(x, 2),
  );
  const features = silu(linear(hidden, reshape(image, [x.shape[0], -1])));
  return { features, logits: linear(output, features) };
}
