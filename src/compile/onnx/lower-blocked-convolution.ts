import { sizeOf } from "../../array/index.js";
import { type ConvolutionParameters, preparedImage } from "./convolution-image.js";
import { type Attribute, type GraphBuilder, type Tensor } from "./graph.js";
import { lowerTranspose } from "./lower-shaping.js";
import { materialize, shapeOf, type Value, viewOf } from "./view.js";

/** The domain of the engine's own convolution of images with channels stored in blocks. */
export const blockedDomain = "com.microsoft.nchwc";

/**
 * Whether the blocked convolution can compute this one: two spatial axes, no zeros between the image's pixels, and a
 * number of channels that fills whole blocks.
 *
 * @param block number of channels in a block; undefined if the engine has no blocked convolution here
 */
export function fitsBlocks(
  image: Value,
  kernel: Value,
  { lhsDilation }: ConvolutionParameters,
  block: number | undefined,
): block is number {
  const [outputs, inputs, ...window] = shapeOf(kernel);
  const whole = block !== undefined && inputs % block === 0 && outputs % block === 0;
  return whole && window.length === 2 && shapeOf(image).length === 4 && lhsDilation.every((step) => step === 1);
}

/**
 * A convolution by the engine's direct kernels, which read images as [n, c / block, h, w, block]. They are faster than
 * its products of unfolded images by a third or more. The image is put into blocks and the result back.
 *
 * @param shape shape of the result
 */
export function lowerBlockedConvolution(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  shape: readonly number[],
  block: number,
): Tensor {
  const weights = blockedKernel(graph, kernel, block);
  return blockedConvolution(graph, materialize(graph, preparedImage(graph, image, parameters)), weights, {
    strides: parameters.strides,
    dilations: parameters.rhsDilation,
    pads: [0, 1].flatMap((side) => parameters.padding.map((pair) => Math.max(0, pair[side]))),
    shape,
  });
}

/**
 * A convolution with a kernel as large as the image (see `lowerWideWindow`), by the same kernels.
 *
 * @param image [n, c, h, w], as stored
 * @param kernel [o, c, h, w]
 */
export function lowerBlockedWideWindow(
  graph: GraphBuilder,
  image: Tensor,
  kernel: Value,
  options: { dilations: readonly number[]; shape: readonly number[]; block: number },
): Tensor {
  const { block, dilations, shape } = options;
  const weights = blockedKernel(graph, kernel, block);
  return blockedConvolution(graph, image, weights, { strides: [1, 1], dilations, pads: [0, 0, 0, 0], shape });
}

/** A kernel as the blocked convolution reads it, [o / block, c / block, h, w, block of c, block of o]: [o, c, h, w], as stored. */
function blockedKernel(graph: GraphBuilder, kernel: Value, block: number): Tensor {
  const [outputs, inputs, ...window] = shapeOf(kernel);
  // The engine's own reordering of an image moves the outputs into blocks faster than a Transpose would.
  const rows = materialize(graph, lowerTranspose(kernel, [1, 0, 2, 3]));
  const reordered = inBlocks(graph, rows);
  const split = [inputs / block, block, outputs / block, sizeOf(window), block];
  const blocks = lowerTranspose(viewOf(graph.reshape(reordered, split)), [2, 0, 3, 1, 4]);
  return graph.reshape(materialize(graph, blocks), [outputs, inputs, ...window]);
}

function blockedConvolution(
  graph: GraphBuilder,
  image: Tensor,
  weights: Tensor,
  options: {
    strides: readonly number[];
    dilations: readonly number[];
    pads: readonly number[];
    shape: readonly number[];
  },
): Tensor {
  const { shape, strides, dilations, pads } = options;
  const attributes: Record<string, Attribute> = {
    kernel_shape: { ints: weights.shape.slice(2) },
    strides: { ints: strides },
    dilations: { ints: dilations },
    pads: { ints: pads },
    group: { int: 1 },
  };
  return inRows(
    graph,
    graph.add("Conv", [inBlocks(graph, image), weights], shape, { attributes, domain: blockedDomain }),
  );
}

/** An image [n, c, h, w] as the engine's direct kernels read it, [n, c / block, h, w, block]. */
export function inBlocks(graph: GraphBuilder, image: Tensor): Tensor {
  return graph.add("ReorderInput", [image], image.shape, { domain: blockedDomain });
}

/** A blocked image in the usual storage, [n, c, h, w]. */
export function inRows(graph: GraphBuilder, blocks: Tensor): Tensor {
  return graph.add("ReorderOutput", [blocks], blocks.shape, {
    attributes: { channels: { int: blocks.shape[1] } },
    domain: blockedDomain,
  });
}
