import { sizeOf } from "../../array/index.js";
import { type GraphBuilder, type Tensor } from "./graph.js";
import { fitsBlocks, lowerBlockedConvolution } from "./lower-blocked-convolution.js";
import { lowerDilatedByRows } from "./lower-dilated-by-rows.js";
import { lowerDot, type ProductOptions } from "./lower-dot.js";
import { type ConvolutionParameters, preparedImage } from "./convolution-image.js";
import { hasFewOutputs, lowerFewOutputs } from "./lower-few-outputs.js";
import { lowerFlip, lowerReshape, lowerTranspose } from "./lower-shaping.js";
import { lowerWideWindow } from "./lower-wide-window.js";
import { materialize, shapeOf, storedOrder, typeOf, uniform, type Value, type View, viewOf } from "./view.js";

/** Images of at most this many pixels are too small to be convolved one by one. */
const smallImage = 64;

/**
 * General convolution of an image [.., N, C, H, W] with a kernel [.., O, C, h, w], whose leading axes are shared
 * (groups).
 *
 * Plain and grouped convolutions become Conv, those with a dilated image (gradients of strided convolutions)
 * ConvTranspose. A gradient with respect to the kernel is a convolution with a kernel as large as the image: see
 * `lowerWideWindow`.
 */
export function lowerConvolution(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  options: ProductOptions,
): Value {
  const { vmapDims, strides, lhsDilation, rhsDilation } = parameters;
  const imageShape = shapeOf(image);
  const kernelShape = shapeOf(kernel);
  const groups = sizeOf(imageShape.slice(0, vmapDims));
  const spatial = imageShape.slice(vmapDims + 2);
  const window = kernelShape.slice(vmapDims + 2);
  const extent = (i: number): number => (window[i] - 1) * rhsDilation[i] + 1;
  const padded = (i: number): number =>
    (spatial[i] - 1) * lhsDilation[i] + 1 + parameters.padding[i][0] + parameters.padding[i][1];
  const out = spatial.map((_, i) => Math.floor((padded(i) - extent(i)) / strides[i]) + 1);
  const [batch, outChannels] = [imageShape[vmapDims], kernelShape[vmapDims]];
  const shape = [...imageShape.slice(0, vmapDims), batch, outChannels, ...out];
  if ([image, kernel].some((value) => value.kind === "uniform" && value.value === 0))
    return uniform(0, shape, typeOf(image));

  if (groups === 1 && vmapDims === 0) {
    const dilated = lhsDilation.some((step) => step !== 1);
    if (!dilated && sizeOf(window) > 4 * sizeOf(out))
      return lowerWideWindow(graph, image, kernel, parameters, out, options);
    if (sizeOf(window) > 1 && fitsBlocks(image, kernel, parameters, options.blockedChannels))
      return viewOf(lowerBlockedConvolution(graph, image, kernel, parameters, shape, options.blockedChannels));
    // A graph for other runtimes, or for a graphics card, keeps the one operator.
    if (!options.standardOnly && hasFewOutputs(kernel, parameters))
      return lowerFewOutputs(graph, image, kernel, parameters, out);
    const isPlain = !dilated && strides.every((step) => step === 1);
    if (isPlain && isPointwise(window, parameters) && storesChannelsFirst(image))
      return lowerPointwise(graph, image, kernel, options);
    if (isPlain && batch > 1 && sizeOf(window) > 1 && sizeOf(out) <= smallImage)
      return lowerDilatedByRows(graph, image, kernel, parameters, out, options);
    const tensor = dilated
      ? transposedConvolution(graph, image, kernel, parameters, out)
      : plainConvolution(graph, image, kernel, parameters, 1, shape);
    return viewOf(tensor);
  }
  const merged = fold(graph, image, kernel, groups, vmapDims);
  const tensor = plainConvolution(graph, merged.image, merged.kernel, { ...parameters, vmapDims: 0 }, groups, [
    batch,
    groups * outChannels,
    ...out,
  ]);
  const split = lowerReshape(graph, viewOf(tensor), [batch, groups, outChannels, ...out]);
  const moved = lowerTranspose(split, [1, 0, ...out.map((_, i) => i + 2), out.length + 2]);
  return lowerReshape(graph, moved, shape);
}

const isPointwise = (window: readonly number[], { padding }: ConvolutionParameters): boolean =>
  sizeOf(window) === 1 && padding.flat().every((size) => size === 0);

const storesChannelsFirst = (image: Value): image is View => image.kind === "view" && storedOrder(image.axes)[0] === 1;

/** A 1 x 1 convolution of an image stored as [c, ...]: one product, in the order in which the image is stored. */
function lowerPointwise(graph: GraphBuilder, image: View, kernel: Value, options: ProductOptions): Value {
  const shape = shapeOf(image);
  const stored = storedOrder(image.axes);
  const points = shape
    .map((_, axis) => axis)
    .filter((axis) => axis !== 1)
    .toSorted((a, b) => stored.indexOf(a) - stored.indexOf(b));
  const sizes = points.map((axis) => shape[axis]);
  const outputs = shapeOf(kernel)[0];
  const product = lowerDot(
    graph,
    lowerReshape(graph, lowerTranspose(image, [...points, 1]), [sizeOf(sizes), 1, shape[1]]),
    lowerReshape(graph, kernel, [1, outputs, shape[1]]),
    true,
    options,
  );
  const order = shape.map((_, axis) => (axis === 1 ? sizes.length : points.indexOf(axis)));
  return lowerTranspose(lowerReshape(graph, product, [...sizes, outputs]), order);
}

/** Moves groups from a leading axis into the channels. */
function fold(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  groups: number,
  vmapDims: number,
): { image: Value; kernel: Value } {
  const rest = shapeOf(image).slice(vmapDims);
  const grouped = lowerReshape(graph, image, [groups, ...rest]);
  const axes = rest.map((_, i) => i + 1);
  const front = lowerTranspose(grouped, [axes[0], 0, ...axes.slice(1)]);
  const [batch, channels, ...spatial] = rest;
  const kernelRest = shapeOf(kernel).slice(vmapDims);
  return {
    image: lowerReshape(graph, front, [batch, groups * channels, ...spatial]),
    kernel: lowerReshape(graph, kernel, [groups * kernelRest[0], ...kernelRest.slice(1)]),
  };
}

function plainConvolution(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  groups: number,
  shape: readonly number[],
): Tensor {
  const { strides, rhsDilation, padding } = parameters;
  const pads = [...padding.map(([before]) => Math.max(0, before)), ...padding.map(([, after]) => Math.max(0, after))];
  return graph.add(
    "Conv",
    [materialize(graph, preparedImage(graph, image, parameters)), materialize(graph, kernel)],
    shape,
    {
      attributes: {
        strides: { ints: strides },
        dilations: { ints: rhsDilation },
        pads: { ints: pads },
        group: { int: groups },
      },
    },
  );
}

/** A convolution over a dilated image, by ConvTranspose if its padding fits, otherwise by writing out the zeros. */
function transposedConvolution(
  graph: GraphBuilder,
  image: Value,
  kernel: Value,
  parameters: ConvolutionParameters,
  out: readonly number[],
): Tensor {
  const { strides, lhsDilation, rhsDilation, padding } = parameters;
  const [, , ...spatial] = shapeOf(image);
  const window = shapeOf(kernel).slice(2);
  const extent = window.map((size, i) => (size - 1) * rhsDilation[i]);
  const before = extent.map((size, i) => size - padding[i][0]);
  const afterAll = extent.map((size, i) => size - padding[i][1]);
  const extra = afterAll.map((pad) => Math.max(0, -pad));
  const after = afterAll.map((pad) => Math.max(0, pad));
  const fits =
    strides.every((step) => step === 1) &&
    before.every((pad) => pad >= 0) &&
    extra.every((pad, i) => pad < Math.max(lhsDilation[i], rhsDilation[i]));
  const shape = [shapeOf(image)[0], shapeOf(kernel)[0], ...out];
  if (!fits || spatial.length === 0) return plainConvolution(graph, image, kernel, parameters, 1, shape);
  const axes = window.map((_, i) => i + 2);
  const flipped = lowerFlip(graph, lowerTranspose(kernel, [1, 0, ...axes]), axes);
  return graph.add("ConvTranspose", [materialize(graph, image), materialize(graph, flipped)], shape, {
    attributes: {
      strides: { ints: lhsDilation },
      dilations: { ints: rhsDilation },
      pads: { ints: [...before, ...after] },
      output_padding: { ints: extra },
    },
  });
}
