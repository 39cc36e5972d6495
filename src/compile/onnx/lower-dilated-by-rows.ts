import { type ConvolutionParameters, preparedImage } from "./convolution-image.js";
import { type GraphBuilder } from "./graph.js";
import { fitsBlocks, inBlocks, lowerBlockedWideWindow } from "./lower-blocked-convolution.js";
import { type ProductOptions } from "./lower-dot.js";
import { lowerPad, lowerReshape, lowerTranspose } from "./lower-shaping.js";
import { materialize, shapeOf, storedOrder, type Value, viewOf } from "./view.js";

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
  const block = options.blockedChannels;
  if (fitsBlocks(cut, kernel, parameters, block) && rows % block === 0 && storesColumnsFirst(cut))
    return lowerDilatedByBlocks(graph, cut, kernel, parameters, out, block);
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
  const result = fitsBlocks(viewOf(source), kernel, parameters, block)
    ? lowerBlockedWideWindow(graph, source, kernel, { dilations, shape, block })
    : graph.add("Conv", [source, materialize(graph, kernel)], shape, {
        attributes: { dilations: { ints: dilations } },
      });
  const split = lowerReshape(graph, viewOf(result), [outputs, ...out, rows]);
  return lowerTranspose(split, [rank + 1, 0, ...out.map((_, i) => i + 1)]);
}

const storesColumnsFirst = (image: Value): boolean =>
  image.kind === "view" && storedOrder(image.axes).slice(0, 2).join() === "1,0";

/**
 * The same for an image that is stored as [c, n, h, w]: one convolution of each block of rows. The engine's own
 * reordering puts the rows of a block between the columns, faster than a Transpose of all rows would.
 *
 * @param image [n, c, h, w], without zeros between its pixels, cropped
 * @returns [n, o, ...out]
 */
function lowerDilatedByBlocks(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  { padding, rhsDilation }: ConvolutionParameters,
  out: readonly number[],
  block: number,
): Value {
  const [rows, channels, height, width] = shapeOf(image);
  const outputs = shapeOf(kernel)[0];
  const parts = rows / block;
  const stored = materialize(graph, lowerTranspose(image, [1, 0, 2, 3]));
  const between = graph.reshape(inBlocks(graph, stored), [channels, parts, height, width * block]);
  const inParts = viewOf(materialize(graph, lowerTranspose(viewOf(between), [1, 0, 2, 3])));
  const [above, beside] = padding.map(([before, after]) => [Math.max(0, before), Math.max(0, after)] as const);
  const margins = [[0, 0], [0, 0], above, [beside[0] * block, beside[1] * block]] as const;
  const result = lowerBlockedWideWindow(graph, materialize(graph, lowerPad(graph, inParts, margins)), kernel, {
    dilations: [rhsDilation[0], rhsDilation[1] * block],
    shape: [parts, outputs, out[0], out[1] * block],
    block,
  });
  const split = lowerReshape(graph, viewOf(result), [parts, outputs, ...out, block]);
  return lowerReshape(graph, lowerTranspose(split, [0, 4, 1, 2, 3]), [rows, outputs, ...out]);
}
