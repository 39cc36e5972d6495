import { sizeOf } from "../../array/index.js";
import { type ConvolutionParameters, positionsOf, preparedImage } from "./convolution-image.js";
import { type GraphBuilder } from "./graph.js";
import { lowerAdd } from "./lower-elementwise.js";
import { lowerPad, lowerReshape, lowerShrink, lowerTranspose } from "./lower-shaping.js";
import { materialize, shapeOf, type Value, viewOf } from "./view.js";

/** A convolution with at least this many times as many inputs as outputs has few outputs. */
const inputsPerOutput = 8;

/** Whether a convolution of several taps has so few outputs that `lowerFewOutputs` is faster than the engine's own. */
export function hasFewOutputs(kernel: Value, { strides, rhsDilation, lhsDilation }: ConvolutionParameters): boolean {
  const [outputs, inputs, ...window] = shapeOf(kernel);
  const isPlain = [strides, rhsDilation, lhsDilation].every((steps) => steps.every((step) => step === 1));
  return isPlain && sizeOf(window) > 1 && inputs >= inputsPerOutput * outputs;
}

/**
 * A plain convolution with few outputs o, as one product of all taps t with the image, and the sum of its shifted rows:
 *
 *     out[n, o, p] = sum_t product[n, t, o, p + t],  product[n, t, o, q] = sum_c kernel[o, c, t] image[n, c, q]
 *
 * The engine's own convolution would unfold the image, which takes longer than so small a product.
 *
 * @param out the number of positions along each axis
 * @returns [n, o, ...out]
 */
export function lowerFewOutputs(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  out: readonly number[],
): Value {
  const cut = preparedImage(graph, image, parameters);
  const [count, , ...sides] = shapeOf(cut);
  const [outputs, inputs, ...window] = shapeOf(kernel);
  const [rank, taps] = [out.length, sizeOf(window)];
  const tapsFirst = lowerTranspose(kernel, [...window.map((_, i) => i + 2), 0, 1]);
  const rows = lowerReshape(graph, tapsFirst, [taps * outputs, inputs, ...window.map(() => 1)]);
  const product = graph.add(
    "Conv",
    [materialize(graph, cut), materialize(graph, rows)],
    [count, taps * outputs, ...sides],
  );
  const margins = parameters.padding.map((pair) => [Math.max(0, pair[0]), Math.max(0, pair[1])] as const);
  const padded = lowerPad(graph, viewOf(product), [[0, 0], [0, 0], ...margins]);
  const shifted = positionsOf(window).map((position, tap) =>
    lowerShrink(graph, padded, [
      [0, count],
      [tap * outputs, (tap + 1) * outputs],
      ...Array.from({ length: rank }, (_, i) => [position[i], position[i] + out[i]] as const),
    ]),
  );
  return shifted.reduce((sum, term) => lowerAdd(graph, sum, term));
}
