import { type ConvolutionParameters, preparedImage } from "./convolution-image.js";
import { type GraphBuilder } from "./graph.js";
import { fitsBlocks, lowerBlockedWideWindow } from "./lower-blocked-convolution.js";
import { type ProductOptions } from "./lower-dot.js";
import { lowerPad, lowerReshape, lowerTranspose } from "./lower-shaping.js";
import { materialize, shapeOf, type Value, viewOf } from "./view.js";

/**
 * One convolution of all rows n of an image [n, c, ...]. The rows are stored between its columns, as [c, ..., width,
 * n], and the window is dilated over them. Its taps are then long runs of memory and its positions (p, n) are many, as
 * the engine's convolution needs to be fast; otherwise it would make one small convolution for each small image.
 *
 * @param parameters with strides of 1
 * @param out the number of positions along each axis
 * @returns [n, o, ...out], stored as [o, ...out, n]
 */
export function lowerDilatedByRows(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  out: readonly number[],
  options: ProductOptions,
): Value {
  const rank = out.length;
  const spatial = out.map((_, i) => i + 2);
  const cut = preparedImage(graph, image, parameters);
  const [rows, channels, ...sides] = shapeOf(cut);
  const outputs = shapeOf(kernel)[0];
  // [c, ..., width * n]
  const between = materialize(graph, lowerTranspose(cut, [1, ...spatial, 0]));
  const merged = [...sides.slice(0, -1), sides[rank - 1] * rows];
  const last = (axis: number, size: number): number => (axis === rank - 1 ? size * rows : size);
  const margins = parameters.padding.map((pair, axis) => pair.map((size) => last(axis, Math.max(0, size))));
  const padded = lowerPad(graph, viewOf(graph.reshape(between, [1, channels, ...merged])), [
    [0, 0],
    [0, 0],
    ...margins.map(([before, after]) => [before, after] as const),
  ]);
  const shape = [1, outputs, ...out.map((size, axis) => last(axis, size))];
  const dilations = parameters.rhsDilation.map((step, axis) => last(axis, step));
  const source = materialize(graph, padded);
  const block = options.blockedChannels;
  const result = fitsBlocks(viewOf(source), kernel, parameters, block)
    ? lowerBlockedWideWindow(graph, source, kernel, { dilations, shape, block })
    : graph.add("Conv", [source, materialize(graph, kernel)], shape, {
        attributes: { dilations: { ints: dilations } },
      });
  const split = lowerReshape(graph, viewOf(result), [outputs, ...out, rows]);
  return lowerTranspose(split, [rank + 1, 0, ...out.map((_, i) => i + 1)]);
}
