import { sizeOf } from "../../array/index.js";
import { type ElementType, type GraphBuilder, type Tensor } from "./graph.js";
import { transposeTensor } from "./transpose.js";

/** One axis of a view: its length, and its stride in the tensor's row-major storage; 0 for an axis that repeats. */
export interface Axis {
  readonly size: number;
  readonly stride: number;
}

/** A tensor with its axes permuted, split, merged or repeated, without moved data. */
export interface View {
  readonly kind: "view";
  readonly tensor: Tensor;
  readonly axes: readonly Axis[];
}

/** An array of one repeated value. */
export interface Uniform {
  readonly kind: "uniform";
  readonly value: number;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

/** The value of a variable of the traced function during lowering. */
export type Value = View | Uniform;

/** The whole tensor, as stored. */
export function viewOf(tensor: Tensor): View {
  let stride = sizeOf(tensor.shape);
  const axes = tensor.shape.map((size) => {
    stride /= size;
    return { size, stride: size === 1 ? 0 : stride };
  });
  return { kind: "view", tensor, axes };
}

/** An array of one repeated value. */
export function uniform(value: number, shape: readonly number[], type: ElementType): Uniform {
  return { kind: "uniform", value: type === "float32" ? Math.fround(value) : value, shape, type };
}

/** Whether a value is an array of one repeated value. */
export function isUniform(value: Value): value is Uniform {
  return value.kind === "uniform";
}

/** The shape of a value. */
export function shapeOf(value: Value): readonly number[] {
  return value.kind === "uniform" ? value.shape : value.axes.map(({ size }) => size);
}

/** Whether a value broadcasts to `shape` by NumPy's rules. */
export function broadcastsTo(value: Value, shape: readonly number[]): boolean {
  const own = shapeOf(value);
  const missing = shape.length - own.length;
  return missing >= 0 && own.every((size, i) => size === 1 || size === shape[missing + i]);
}

/** The element type of a value. */
export function typeOf(value: Value): ElementType {
  return value.kind === "uniform" ? value.type : value.tensor.type;
}

/** The view with its axes in another order. */
export function permuteView(view: View, order: readonly number[]): View {
  return { ...view, axes: order.map((axis) => view.axes[axis]) };
}

/** The view repeated to `shape`, with its axes aligned at the end. */
export function broadcastView(view: View, shape: readonly number[]): View {
  const missing = shape.length - view.axes.length;
  const axes = shape.map((size, i): Axis => {
    const axis = i < missing ? undefined : view.axes[i - missing];
    return axis?.size === size ? axis : { size, stride: 0 };
  });
  return { ...view, axes };
}

/** The axes with data, in the order in which the tensor stores them. */
export function storedOrder(axes: readonly Axis[]): number[] {
  return axes
    .map((_, i) => i)
    .filter((i) => axes[i].stride > 0)
    .sort((a, b) => axes[b].stride - axes[a].stride);
}

/** Whether the axes with data are in the tensor's own order. */
export function isStoredOrder(axes: readonly Axis[]): boolean {
  return storedOrder(axes).every((axis, i, order) => i === 0 || axis > order[i - 1]);
}

/** A tensor of a view's axes in the view's order, where axes that repeat have length 1. */
export function arrange(graph: GraphBuilder, view: View): Tensor {
  const stored = storedOrder(view.axes);
  const present = stored.toSorted((a, b) => a - b);
  const collapsed = view.axes.map(({ size, stride }) => (stride > 0 ? size : 1));
  if (sizeOf(collapsed) !== sizeOf(view.tensor.shape))
    throw new Error(`internal: view of ${view.tensor.name} does not cover it`);
  if (isStoredOrder(view.axes)) return graph.reshape(view.tensor, collapsed);
  const inStorage = graph.reshape(
    view.tensor,
    stored.map((axis) => view.axes[axis].size),
  );
  return graph.reshape(
    transposeTensor(
      graph,
      inStorage,
      present.map((axis) => stored.indexOf(axis)),
    ),
    collapsed,
  );
}

/** A tensor with exactly the value's shape. */
export function materialize(graph: GraphBuilder, value: Value): Tensor {
  const shape = shapeOf(value);
  if (value.kind === "uniform") return expand(graph, graph.scalar(value.value, value.type), shape);
  const arranged = arrange(graph, value);
  return arranged.shape.every((size, i) => size === shape[i]) ? arranged : expand(graph, arranged, shape);
}

function expand(graph: GraphBuilder, tensor: Tensor, shape: readonly number[]): Tensor {
  if (shape.length === 0) return tensor;
  return graph.add("Expand", [tensor, graph.integers(shape)], shape);
}

/**
 * The view in another shape of the same size. Axes are split and merged without moving data where their strides allow
 * it; otherwise the view is first materialized.
 */
export function reshapeView(graph: GraphBuilder, view: View, shape: readonly number[]): View {
  const axes = reshapeAxes(
    view.axes.filter(({ size }) => size !== 1),
    shape,
  );
  if (axes) return { ...view, axes };
  return viewOf(graph.reshape(materialize(graph, view), shape));
}

function reshapeAxes(old: readonly Axis[], shape: readonly number[]): Axis[] | undefined {
  const result: Axis[] = shape.map((size) => ({ size, stride: 0 }));
  let oldAxis = 0;
  let newAxis = 0;
  while (newAxis < shape.length) {
    if (shape[newAxis] === 1) {
      newAxis++;
      continue;
    }
    // Finds the smallest groups of old and new axes with the same number of elements.
    const oldStart = oldAxis;
    const newStart = newAxis;
    let oldSize = old[oldAxis++].size;
    let newSize = shape[newAxis++];
    while (oldSize !== newSize) {
      if (oldSize < newSize) oldSize *= old[oldAxis++].size;
      else newSize *= shape[newAxis++];
    }
    for (let i = oldStart; i + 1 < oldAxis; i++)
      if (old[i].stride !== old[i + 1].stride * old[i + 1].size) return undefined;
    let stride = old[oldAxis - 1].stride;
    for (let i = newAxis - 1; i >= newStart; i--) {
      if (shape[i] !== 1) result[i] = { size: shape[i], stride };
      stride *= shape[i];
    }
  }
  return result;
}

/** The view of a tensor whose axis `i` is axis `order[i]` of an array of this shape; the array's other axes repeat. */
export function viewInOrder(tensor: Tensor, order: readonly number[], shape: readonly number[]): View {
  const inner = viewOf(tensor).axes;
  const axes = shape.map((size, axis): Axis => {
    const at = order.indexOf(axis);
    return at < 0 ? { size, stride: 0 } : { size, stride: size === 1 ? 0 : inner[at].stride };
  });
  return { kind: "view", tensor, axes };
}
