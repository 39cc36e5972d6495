import { sizeOf } from "../../array/index.js";
import { type GraphBuilder, type Tensor } from "./graph.js";
import {
  arrange,
  broadcastView,
  materialize,
  permuteView,
  reshapeView,
  shapeOf,
  storedOrder,
  typeOf,
  uniform,
  type Value,
  type View,
  viewInOrder,
} from "./view.js";

/** Reorders axes without moving data. */
export function lowerTranspose(value: Value, order: readonly number[]): Value {
  if (value.kind === "view") return permuteView(value, order);
  return { ...value, shape: order.map((axis) => value.shape[axis]) };
}

/** Another shape of the same size, without moving data where strides allow it. */
export function lowerReshape(graph: GraphBuilder, value: Value, shape: readonly number[]): Value {
  return value.kind === "uniform" ? { ...value, shape } : reshapeView(graph, value, shape);
}

/** Repeats along the new axes `axes` of the result and along axes of length 1, without copying data. */
export function lowerBroadcast(value: Value, shape: readonly number[], axes: readonly number[]): Value {
  if (value.kind === "uniform") return { ...value, shape };
  const added = new Set(axes.map((axis) => (axis + shape.length) % shape.length));
  // If the value has the result's rank, `axes` names axes of length 1 that stay in place.
  if (value.axes.length === shape.length) return broadcastView(value, shape);
  let kept = 0;
  const aligned = shape.map((_, axis) => (added.has(axis) ? { size: 1, stride: 0 } : value.axes[kept++]));
  return broadcastView({ ...value, axes: aligned }, shape);
}

/** The tensor of the axes with data, in stored order, and the indices of these axes. */
function storedTensor(graph: GraphBuilder, view: View): { tensor: Tensor; order: number[] } {
  const order = storedOrder(view.axes);
  return {
    order,
    tensor: graph.reshape(
      view.tensor,
      order.map((axis) => view.axes[axis].size),
    ),
  };
}

/** The part [start, end) of each axis. */
export function lowerShrink(graph: GraphBuilder, value: Value, slice: readonly (readonly [number, number])[]): Value {
  const shape = slice.map(([start, end]) => end - start);
  if (value.kind === "uniform") return { ...value, shape };
  const { tensor, order } = storedTensor(graph, value);
  const cut = order.flatMap((axis, i) => (shape[axis] === value.axes[axis].size ? [] : [{ axis, i }]));
  const cutShape = order.map((axis) => shape[axis]);
  if (cut.length === 0) return viewInOrder(tensor, order, shape);
  const [starts, ends, axes] = [
    cut.map(({ axis }) => slice[axis][0]),
    cut.map(({ axis }) => slice[axis][1]),
    cut.map(({ i }) => i),
  ].map((values) => graph.integers(values));
  return viewInOrder(graph.add("Slice", [tensor, starts, ends, axes], cutShape), order, shape);
}

/** Reverses the order of elements along `axes`. */
export function lowerFlip(graph: GraphBuilder, value: Value, axes: readonly number[]): Value {
  if (value.kind === "uniform") return value;
  const { tensor, order } = storedTensor(graph, value);
  const flipped = order.flatMap((axis, i) => (axes.includes(axis) ? [i] : []));
  if (flipped.length === 0) return value;
  const inputs = [flipped.map(() => -1), flipped.map(() => -(2 ** 31)), flipped, flipped.map(() => -1)].map((values) =>
    graph.integers(values),
  );
  return viewInOrder(graph.add("Slice", [tensor, ...inputs], tensor.shape), order, shapeOf(value));
}

/** Adds zeros before and after each axis. */
export function lowerPad(graph: GraphBuilder, value: Value, width: readonly (readonly [number, number])[]): Value {
  const padded = (shape: readonly number[]): number[] =>
    shape.map((size, axis) => size + width[axis][0] + width[axis][1]);
  const shape = padded(shapeOf(value));
  if (value.kind === "uniform" && value.value === 0) return { ...value, shape };
  // An axis that repeats and is padded must first be written out.
  const view: View =
    value.kind === "view" && value.axes.every(({ stride }, i) => stride > 0 || (width[i][0] === 0 && width[i][1] === 0))
      ? value
      : viewInOrder(
          materialize(graph, value),
          shape.map((_, axis) => axis),
          shapeOf(value),
        );
  const keepOnes = view.axes.some(({ size }, i) => size === 1 && (width[i][0] !== 0 || width[i][1] !== 0));
  const { tensor, order } = keepOnes
    ? { tensor: arrange(graph, view), order: shape.map((_, axis) => axis) }
    : storedTensor(graph, view);
  const pads = [...order.map((axis) => width[axis][0]), ...order.map((axis) => width[axis][1])];
  const result = graph.add(
    "Pad",
    [tensor, graph.integers(pads)],
    tensor.shape.map((size, i) => size + width[order[i]][0] + width[order[i]][1]),
  );
  return viewInOrder(result, order, shape);
}

/** Joins arrays along one axis. */
export function lowerConcatenate(graph: GraphBuilder, values: readonly Value[], axis: number): Value {
  const shape = shapeOf(values[0]).map((size, i) =>
    i === axis ? values.reduce((sum, value) => sum + shapeOf(value)[axis], 0) : size,
  );
  const [first] = values;
  if (first.kind === "uniform" && values.every((value) => value.kind === "uniform" && value.value === first.value))
    return uniform(first.value, shape, first.type);
  const order = commonOrder(values, shape.length);
  const along = order.indexOf(axis);
  const tensors = values.flatMap((value) => partsOf(graph, materialize(graph, lowerTranspose(value, order)), along));
  const result = graph.add(
    "Concat",
    tensors,
    order.map((i) => shape[i]),
    { attributes: { axis: { int: along } }, type: typeOf(first) },
  );
  return viewInOrder(result, order, shape);
}

/** The tensors that were joined to this one along the axis: jax-js joins a few at a time, which would copy the first of many often. */
function partsOf(graph: GraphBuilder, tensor: Tensor, axis: number): readonly Tensor[] {
  const node = graph.producer(tensor);
  const along = node?.operator === "Concat" ? node.attributes.axis : undefined;
  return node && along && "int" in along && along.int === axis ? node.inputs : [tensor];
}

// The order in which the largest array is stored, so that it is not moved; axes that it does not store come first.
function commonOrder(values: readonly Value[], rank: number): number[] {
  const views = values.filter((value): value is View => value.kind === "view");
  const largest = views.reduce<View | undefined>(
    (a, b) => (a === undefined || sizeOf(b.tensor.shape) > sizeOf(a.tensor.shape) ? b : a),
    undefined,
  );
  const stored = largest === undefined ? [] : storedOrder(largest.axes);
  return Array.from({ length: rank }, (_, axis) => axis).toSorted((a, b) => stored.indexOf(a) - stored.indexOf(b));
}

/** Cuts an array along one axis into parts of the given sizes. */
export function lowerSplit(graph: GraphBuilder, value: Value, axis: number, sizes: readonly number[]): Value[] {
  let start = 0;
  return sizes.map((size) => {
    const slice = shapeOf(value).map((length, i): [number, number] =>
      i === axis ? [start, start + size] : [0, length],
    );
    start += size;
    return lowerShrink(graph, value, slice);
  });
}

/** Looks up rows along one axis; the axes of the indices are at `outAxis` in the result. */
export function lowerGather(graph: GraphBuilder, value: Value, indices: Value, axis: number, outAxis: number): Value {
  const source = materialize(graph, value);
  const index = materialize(graph, indices);
  const gathered = [...source.shape.slice(0, axis), ...index.shape, ...source.shape.slice(axis + 1)];
  const result = graph.add("Gather", [source, index], gathered, { attributes: { axis: { int: axis } } });
  const inner = Array.from(index.shape, (_, i) => axis + i);
  const outer = gathered.map((_, i) => i).filter((i) => !inner.includes(i));
  const order = [...outer.slice(0, outAxis), ...inner, ...outer.slice(outAxis)];
  const stored = gathered.map((_, i) => i);
  return permuteView(viewInOrder(result, stored, gathered), order);
}

/** Writes or adds updates into an array of zeros along one axis: the transpose of `lowerGather`. */
export function lowerScatter(
  graph: GraphBuilder,
  updates: Value,
  indices: Value,
  options: { axis: number; outAxis: number; shape: readonly number[]; sum: boolean },
): Value {
  const { axis, outAxis, shape, sum } = options;
  const index = materialize(graph, indices);
  const updateShape = shapeOf(updates);
  const inner = index.shape.map((_, i) => outAxis + i);
  const outer = updateShape.map((_, i) => i).filter((i) => !inner.includes(i));
  const first = lowerTranspose(updates, [...inner, ...outer]);
  const rows = [shape[axis], ...shape.filter((_, i) => i !== axis)];
  const result = graph.add(
    "ScatterND",
    [
      materialize(graph, uniform(0, rows, typeOf(updates))),
      graph.add("Cast", [graph.reshape(index, [...index.shape, 1])], [...index.shape, 1], {
        attributes: { to: { int: 7 } },
        type: "int64",
      }),
      materialize(graph, first),
    ],
    rows,
    { attributes: { reduction: { string: sum ? "add" : "none" } } },
  );
  const back = shape.map((_, i) => (i === axis ? 0 : i < axis ? i + 1 : i));
  return permuteView(
    viewInOrder(
      result,
      rows.map((_, i) => i),
      rows,
    ),
    back,
  );
}
