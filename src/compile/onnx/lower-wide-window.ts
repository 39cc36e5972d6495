import { sizeOf } from "../../array/index.js";
import { type ConvolutionParameters, positionsOf, preparedImage } from "./convolution-image.js";
import { type GraphBuilder } from "./graph.js";
import { lowerDilatedByRows } from "./lower-dilated-by-rows.js";
import { lowerDot, type ProductOptions } from "./lower-dot.js";
import { lowerReduce } from "./lower-reduce.js";
import { lowerConcatenate, lowerFlip, lowerPad, lowerReshape, lowerShrink, lowerTranspose } from "./lower-shaping.js";
import { materialize, shapeOf, storedOrder, type Value, viewOf } from "./view.js";

/**
 * An operand with fewer rows than this is copied once for each position; for more rows the engine's own convolution is
 * used.
 */
const fewRows = 8;

/**
 * A convolution with a window about as large as the image, and so with few positions: a gradient with respect to the
 * kernel, where the channels c are the samples of a batch.
 *
 *     out[n, o, p] = sum_{c, s} image[n, c, p + s] kernel[o, c, s]
 *
 * @param out the number of positions along each axis
 */
export function lowerWideWindow(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  out: readonly number[],
  options: ProductOptions,
): Value {
  const { strides, rhsDilation, padding } = parameters;
  const isPlain = strides.every((step) => step === 1);
  const isDense = rhsDilation.every((step) => step === 1);
  if (isPlain && isDense && padding.flat().every((size) => size === 0) && out.every((size) => size === 1))
    return byProduct(graph, image, kernel, options);
  if (isPlain && isDense && shapeOf(kernel)[0] < shapeOf(image)[0]) {
    const swapped = lowerWideWindow(graph, kernel, image, swappedRoles(image, kernel, parameters, out), out, options);
    const axes = out.map((_, i) => i + 2);
    return lowerFlip(graph, lowerTranspose(swapped, [1, 0, ...axes]), axes);
  }
  if (!isPlain || shapeOf(image)[0] < fewRows) return byTaps(graph, image, kernel, parameters, out, options);
  return lowerDilatedByRows(graph, image, kernel, parameters, out, options);
}

// out[n, o, p] with the kernel moved over the image instead; the positions then run backwards.
function swappedRoles(
  image: Value,
  kernel: Value,
  { padding, ...others }: ConvolutionParameters,
  out: readonly number[],
): ConvolutionParameters {
  return {
    ...others,
    padding: padding.map(([before], i) => {
      const difference = shapeOf(image)[i + 2] - shapeOf(kernel)[i + 2];
      return [out[i] - 1 - before, before + difference] as const;
    }),
  };
}

/** One position: the product of the rows, summed in the order in which the image is stored. */
function byProduct(graph: GraphBuilder, image: Value, kernel: Value, options: ProductOptions): Value {
  const [count, ...inner] = shapeOf(image);
  const outputs = shapeOf(kernel)[0];
  const stored = image.kind === "view" ? storedOrder(image.axes) : [];
  if (stored[0] === 1 && storesBatchFirst(kernel) && 2 * count * outputs < (count + outputs) * sizeOf(inner.slice(1)))
    return byProductsOfSamples(graph, image, kernel, options);
  const summed = inner.map((_, i) => i + 1).toSorted((a, b) => stored.indexOf(a) - stored.indexOf(b));
  const rowsOf = (value: Value, shape: readonly number[]): Value =>
    lowerReshape(graph, lowerTranspose(value, [0, ...summed]), shape);
  const product = lowerDot(
    graph,
    rowsOf(image, [count, 1, sizeOf(inner)]),
    rowsOf(kernel, [1, outputs, sizeOf(inner)]),
    false,
    options,
  );
  return lowerReshape(graph, product, [count, outputs, ...inner.slice(1).map(() => 1)]);
}

const storesBatchFirst = (value: Value): boolean => value.kind === "view" && storedOrder(value.axes)[0] === 1;

/**
 * One position: one product for each sample, then their sum; nothing is moved if the samples are stored one after the
 * other.
 */
function byProductsOfSamples(graph: GraphBuilder, image: Value, kernel: Value, options: ProductOptions): Value {
  const [count, samples, ...window] = shapeOf(image);
  const outputs = shapeOf(kernel)[0];
  const rowsOf = (value: Value, shape: readonly number[]): Value =>
    lowerReshape(graph, lowerTranspose(value, [1, 0, ...window.map((_, i) => i + 2)]), shape);
  const products = lowerDot(
    graph,
    rowsOf(image, [samples, count, 1, sizeOf(window)]),
    rowsOf(kernel, [samples, 1, outputs, sizeOf(window)]),
    false,
    options,
  );
  return lowerReshape(graph, lowerReduce(graph, products, "Add", [0]), [count, outputs, ...window.map(() => 1)]);
}

/** One slice of the image for each position, then one matrix product over (c, s). */
function byTaps(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  out: readonly number[],
  options: ProductOptions,
): Value {
  const { strides, rhsDilation, padding } = parameters;
  const rank = out.length;
  const cut = preparedImage(graph, image, parameters);
  const width = shapeOf(cut).map((_, k): [number, number] =>
    k < 2 ? [0, 0] : [Math.max(0, padding[k - 2][0]), Math.max(0, padding[k - 2][1])],
  );
  // Written out as [n, c, ...], so that every slice below is a copy of contiguous rows.
  const source = viewOf(materialize(graph, lowerPad(graph, cut, width)));
  const [count, channels] = shapeOf(source);
  const window = shapeOf(kernel).slice(2);
  const positions = positionsOf(out);
  const slices = positions.map((position) => {
    const starts = position.map((p, i) => p * strides[i]);
    if (rhsDilation.every((step) => step === 1)) {
      const range = [[0, count], [0, channels], ...starts.map((start, i) => [start, start + window[i]])] as [
        number,
        number,
      ][];
      return lowerShrink(graph, source, range);
    }
    const axes = starts.map((_, i) => i + 2);
    const inputs = [starts, starts.map((start, i) => start + (window[i] - 1) * rhsDilation[i] + 1), axes, rhsDilation];
    const tensor = materialize(graph, source);
    return viewOf(
      graph.add("Slice", [tensor, ...inputs.map((values) => graph.integers(values))], [count, channels, ...window]),
    );
  });
  const rows = slices.map((slice) => lowerReshape(graph, slice, [1, count, channels * sizeOf(window)]));
  const columns = lowerReshape(graph, lowerConcatenate(graph, rows, 0), [
    positions.length * count,
    1,
    channels * sizeOf(window),
  ]);
  const flat = viewOf(materialize(graph, kernel));
  const weights = lowerReshape(graph, flat, [1, shapeOf(kernel)[0], channels * sizeOf(window)]);
  const result = lowerReshape(graph, lowerDot(graph, columns, weights, false, options), [
    ...out,
    count,
    shapeOf(kernel)[0],
  ]);
  return lowerTranspose(result, [rank, rank + 1, ...out.map((_, i) => i)]);
}
