import { sizeOf } from "../../array/index.js";
import { dataOf, type GraphBuilder, type Tensor } from "./graph.js";
import { lowerAdd } from "./lower-elementwise.js";
import { broadcastsTo, broadcastView, shapeOf, type Value } from "./view.js";

/** For shorter rows, Mul and Add are used. */
const shortestRow = 32;

/**
 * x * gain + offset in one pass, where gain and offset have one number for each stored row of x, as after a
 * normalisation. It is written as a batch normalisation with mean 0 and variance 1.
 *
 * @param product a product x * gain that nothing else uses
 * @returns undefined if the operands are not of this kind
 */
export function lowerAffine(graph: GraphBuilder, product: Value, offset: Value, onlyUse: boolean): Value | undefined {
  if (!onlyUse || product.kind === "uniform" || offset.kind === "uniform") return undefined;
  const node = graph.producer(product.tensor);
  const origin = node?.operator === "Reshape" ? graph.producer(node.inputs[0]) : node;
  if (origin?.operator !== "Mul" || origin.output.type !== "float32") return undefined;
  const [gain, x] = [...origin.inputs].sort((a, b) => sizeOf(a.shape) - sizeOf(b.shape));
  const rows = sizeOf(gain.shape);
  const length = sizeOf(x.shape) / rows;
  const shape = shapeOf(product);
  if (rows < 2 || length < shortestRow || !isRowWise(gain, x) || sizeOf(offset.tensor.shape) !== rows) return undefined;
  if (!broadcastsTo(offset, shape)) return undefined;
  const aligned = broadcastView(offset, shape);
  const fits = aligned.axes.every(({ stride }, i) => {
    const own = product.axes[i].stride;
    return stride === (own >= length ? own / length : 0);
  });
  if (!fits) return undefined;
  const [zeros, ones] = [0, 1].map((value) =>
    graph.constant(dataOf(new Array<number>(rows).fill(value), "float32"), [rows], "float32"),
  );
  const result = graph.add(
    "BatchNormalization",
    [
      graph.reshape(x, [1, rows, length]),
      graph.reshape(gain, [rows]),
      graph.reshape(aligned.tensor, [rows]),
      zeros,
      ones,
    ],
    [1, rows, length],
    { attributes: { epsilon: { float: 0 } } },
  );
  return { ...product, tensor: graph.reshape(result, product.tensor.shape) };
}

/**
 * (a + x * gain) + offset as a + (x * gain + offset), in one pass less.
 *
 * @param sum a sum that nothing else uses
 * @returns undefined if the operands are not of this kind
 */
export function lowerAffineTerm(graph: GraphBuilder, sum: Value, offset: Value, onlyUse: boolean): Value | undefined {
  if (!onlyUse || sum.kind === "uniform") return undefined;
  const node = graph.producer(sum.tensor);
  if (node?.operator !== "Add" || node.inputs.some((term) => !sameSize(term, sum.tensor))) return undefined;
  const terms = node.inputs.map((term): Value => ({ ...sum, tensor: graph.reshape(term, sum.tensor.shape) }));
  for (const [a, product] of [terms, terms.toReversed()]) {
    const affine = lowerAffine(graph, product, offset, true);
    if (affine !== undefined) return lowerAdd(graph, a, affine);
  }
  return undefined;
}

const sameSize = (a: Tensor, b: Tensor): boolean => sizeOf(a.shape) === sizeOf(b.shape);

/** Whether `gain` has x's first axes and repeats along the others. */
function isRowWise(gain: Tensor, x: Tensor): boolean {
  const missing = x.shape.length - gain.shape.length;
  const own = x.shape.map((_, i) => (i < missing ? 1 : gain.shape[i - missing]));
  const repeated = own.findIndex((size, i) => size !== x.shape[i]);
  return repeated >= 0 && own.slice(repeated).every((size) => size === 1);
}
