import { sizeOf } from "../../array/index.js";
import { type GraphBuilder, type GraphNode, type Tensor } from "./graph.js";
import { broadcastShape, lowerMultiply } from "./lower-elementwise.js";
import { lowerReduce } from "./lower-reduce.js";
import {
  arrange,
  broadcastsTo,
  broadcastView,
  isStoredOrder,
  permuteView,
  shapeOf,
  typeOf,
  uniform,
  type Value,
  type View,
  viewInOrder,
} from "./view.js";

/** A matrix operand: [batch, rows, columns], or [batch, columns, rows] if transposed; two axes if batch is 1. */
interface Matrix {
  tensor: Tensor;
  transposed: boolean;
}

/** Options for writing products. */
export interface ProductOptions {
  /** Use only operators of the ONNX standard, so that any runtime can read the graph. */
  standardOnly: boolean;
  /**
   * Number of channels in a block of the engine's blocked convolution, if it has one (see `lowerBlockedConvolution`).
   */
  blockedChannels?: number | undefined;
}

/**
 * sum(x * y) over the last axis, with the arrays broadcast against each other: every matrix product of a traced
 * function.
 *
 * Each axis of the result belongs to x alone (rows), to y alone (columns), to both (batch) or to neither. The product
 * becomes one MatMul, Gemm or FusedMatMul, including transposed operands. With `swap` y's axes come first in the stored
 * result, for a consumer that transposes it.
 */
export function lowerDot(graph: GraphBuilder, x: Value, y: Value, swap: boolean, options: ProductOptions): Value {
  const full = broadcastShape(shapeOf(x), shapeOf(y));
  const shape = full.slice(0, -1);
  const last = full.length - 1;
  if (x.kind === "uniform" || y.kind === "uniform") {
    const zero = [x, y].some((value) => value.kind === "uniform" && value.value === 0);
    if (zero) return uniform(0, shape, typeOf(x));
    return sumOfProducts(graph, x, y, full);
  }
  const [a, b] = [broadcastView(x, full), broadcastView(y, full)];
  const has = (view: View, axis: number): boolean => view.axes[axis].stride > 0;
  const axes = shape.map((_, axis) => axis);
  const batch = axes.filter((axis) => has(a, axis) && has(b, axis));
  const rows = axes.filter((axis) => has(a, axis) && !has(b, axis));
  const columns = axes.filter((axis) => has(b, axis) && !has(a, axis));
  const contracted = has(a, last) && has(b, last);
  if (!contracted || (rows.length === 0 && columns.length === 0)) return sumOfProducts(graph, a, b, full);
  if (swap) return product(graph, b, a, { batch, rows: columns, columns: rows, last }, shape, options);
  return product(graph, a, b, { batch, rows, columns, last }, shape, options);
}

function sumOfProducts(graph: GraphBuilder, x: Value, y: Value, full: readonly number[]): Value {
  const spread = (value: Value): Value =>
    value.kind === "uniform" ? { ...value, shape: full } : broadcastView(value, full);
  return lowerReduce(graph, lowerMultiply(graph, spread(x), spread(y)), "Add", [full.length - 1]);
}

function product(
  graph: GraphBuilder,
  a: View,
  b: View,
  axes: { batch: number[]; rows: number[]; columns: number[]; last: number },
  shape: readonly number[],
  options: ProductOptions,
): View {
  const { batch, rows, columns, last } = axes;
  const size = (of: readonly number[]): number => sizeOf(of.map((axis) => shape[axis]));
  const inner = a.axes[last].size;
  const left = matrixOf(graph, a, batch, rows, last, [size(batch), size(rows), inner], false);
  const right = matrixOf(graph, b, batch, columns, last, [size(batch), size(columns), inner], true);
  const result = multiply(graph, left, right, [size(batch), size(rows), size(columns)], options);
  const order = [...batch, ...rows, ...columns];
  return viewInOrder(
    graph.reshape(
      result,
      order.map((axis) => shape[axis]),
    ),
    order,
    shape,
  );
}

/**
 * The operand as [batch, free, inner] or [batch, inner, free], whichever moves nothing; if both do, according to
 * `columnsLast`.
 */
function matrixOf(
  graph: GraphBuilder,
  view: View,
  batch: number[],
  free: number[],
  last: number,
  [batches, length, inner]: [number, number, number],
  columnsLast: boolean,
): Matrix {
  const ordered = (axes: number[]): View => permuteView(view, axes);
  const straight = [...batch, ...free, last];
  const turned = [...batch, last, ...free];
  const leading = batches === 1 ? [] : [batches];
  const asStraight = (): Tensor => graph.reshape(arrange(graph, ordered(straight)), [...leading, length, inner]);
  const asTurned = (): Tensor => graph.reshape(arrange(graph, ordered(turned)), [...leading, inner, length]);
  const straightFits = isStoredOrder(ordered(straight).axes);
  const turnedFits = isStoredOrder(ordered(turned).axes);
  const turn = turnedFits && (!straightFits || columnsLast);
  if (turn || (!straightFits && columnsLast)) return { tensor: asTurned(), transposed: !columnsLast };
  return { tensor: asStraight(), transposed: columnsLast };
}

function multiply(
  graph: GraphBuilder,
  a: Matrix,
  b: Matrix,
  [batches, rows, columns]: [number, number, number],
  options: ProductOptions,
): Tensor {
  const shape = batches === 1 ? [rows, columns] : [batches, rows, columns];
  if (!a.transposed && !b.transposed) return graph.add("MatMul", [a.tensor, b.tensor], shape);
  const flags = (first: string, second: string): Record<string, { int: number }> => ({
    [first]: { int: Number(a.transposed) },
    [second]: { int: Number(b.transposed) },
  });
  // The engine has no other product of integers than MatMul.
  const hasFlags = a.tensor.type === "float32";
  if (hasFlags && batches === 1)
    return graph.add("Gemm", [a.tensor, b.tensor], shape, { attributes: flags("transA", "transB") });
  if (hasFlags && !options.standardOnly)
    return graph.add("FusedMatMul", [a.tensor, b.tensor], shape, {
      attributes: flags("transA", "transB"),
      domain: "com.microsoft",
    });
  const lastTwo = shape.length === 2 ? [1, 0] : [0, 2, 1];
  const turned = ({ tensor, transposed }: Matrix): Tensor => (transposed ? graph.transpose(tensor, lastTwo) : tensor);
  return graph.add("MatMul", [turned(a), turned(b)], shape);
}

/**
 * product + addend as one Gemm, if nothing else uses the product and the addend is one row for all of its rows (a bias)
 * or a matrix of its own shape (a sum of gradients). This saves one pass over memory.
 *
 * @returns undefined if the operands are not of this kind
 */
export function lowerAddToProduct(
  graph: GraphBuilder,
  product: Value,
  addend: Value,
  onlyUse: boolean,
): Value | undefined {
  if (!onlyUse || product.kind === "uniform" || addend.kind === "uniform") return undefined;
  const shape = shapeOf(product);
  const producer = originOf(graph, product.tensor);
  if (producer?.output.type !== "float32" || !broadcastsTo(addend, shape)) return undefined;
  const [rows, columns] = producer.output.shape;
  const aligned = broadcastView(addend, shape);
  const columnAxes = product.axes.map(({ stride }) => stride > 0 && stride < columns);
  const isRow = aligned.axes.every(({ stride }, i) => stride === (columnAxes[i] ? product.axes[i].stride : 0));
  const isMatrix = aligned.axes.every(({ stride }, i) => stride === product.axes[i].stride);
  const size = sizeOf(aligned.tensor.shape);
  const matches = (isRow && size === columns) || (isMatrix && size === rows * columns);
  if (!matches || producer.inputs.some((input) => input === aligned.tensor)) return undefined;
  const third = graph.reshape(aligned.tensor, isMatrix ? [rows, columns] : [columns]);
  const sum = graph.add("Gemm", [...producer.inputs, third], [rows, columns], { attributes: producer.attributes });
  return { ...product, tensor: graph.reshape(sum, product.tensor.shape) };
}

/** The node of a product of two matrices without an addend, also behind a reshape. */
function originOf(graph: GraphBuilder, tensor: Tensor): GraphNode | undefined {
  const node = graph.producer(tensor);
  const origin = node?.operator === "Reshape" ? graph.producer(node.inputs[0]) : node;
  const isProduct = origin?.operator === "MatMul" || origin?.operator === "Gemm";
  return isProduct && origin.inputs.length === 2 && origin.output.shape.length === 2 ? origin : undefined;
}
