import { sizeOf } from "../../array/index.js";
import { type GraphBuilder, type Tensor } from "./graph.js";
import { lowerMultiply } from "./lower-elementwise.js";
import { storedOrder, typeOf, uniform, type Value, type View, viewInOrder } from "./view.js";

const operators: Record<string, string> = { Add: "ReduceSum", Mul: "ReduceProd", Max: "ReduceMax", Min: "ReduceMin" };

/** Reduces the last axes first if other axes lie between: contiguous rows are reduced faster than scattered ones. */
function reduceStored(graph: GraphBuilder, tensor: Tensor, operator: string, axes: readonly number[]): Tensor {
  if (axes.length === 0) return tensor;
  const rank = tensor.shape.length;
  const last = axes.filter((axis) =>
    Array.from({ length: rank - axis }, (_, i) => axis + i).every((i) => axes.includes(i)),
  );
  const now = last.length > 0 ? last : axes;
  const shape = tensor.shape.filter((_, axis) => !now.includes(axis));
  const result = graph.add(operator, [tensor, graph.integers(now)], shape, { attributes: { keepdims: { int: 0 } } });
  return reduceStored(
    graph,
    result,
    operator,
    axes.filter((axis) => !now.includes(axis)),
  );
}

/** The factors of a product of an array and a number, if the value is one. */
function scaledArray(graph: GraphBuilder, value: View): { array: Tensor; factor: number } | undefined {
  const node = graph.producer(value.tensor);
  if (node?.operator !== "Mul" || node.output.type !== "float32") return undefined;
  const number = node.inputs.find((factor) => factor.shape.length === 0 && graph.constantOf(factor));
  const array = node.inputs.find((factor) => factor !== number);
  if (number === undefined || array === undefined) return undefined;
  return { array: graph.reshape(array, value.tensor.shape), factor: Number(graph.constantOf(number)?.data[0]) };
}

/** Sum, product, maximum or minimum over `axes`, in stored order so that nothing is moved first; a sum is scaled at
 * the end, and so overflows where its terms are close to the largest float before they are scaled. */
export function lowerReduce(graph: GraphBuilder, value: Value, operation: string, axes: readonly number[]): Value {
  if (operation === "Add" && value.kind === "view") {
    const scaled = scaledArray(graph, value);
    if (scaled !== undefined) {
      const total = lowerReduce(graph, { ...value, tensor: scaled.array }, operation, axes);
      return lowerMultiply(graph, total, uniform(scaled.factor, [], "float32"));
    }
  }
  const full = value.kind === "uniform" ? value.shape : value.axes.map(({ size }) => size);
  const shape = full.filter((_, axis) => !axes.includes(axis));
  const count = (reduced: readonly number[]): number => sizeOf(reduced.map((axis) => full[axis]));
  const type = typeOf(value);
  if (value.kind === "uniform") {
    const repeat = count(axes);
    if (operation === "Add") return uniform(value.value * repeat, shape, type);
    if (operation === "Mul") return uniform(value.value ** repeat, shape, type);
    return uniform(value.value, shape, type);
  }
  const order = storedOrder(value.axes);
  const stored = graph.reshape(
    value.tensor,
    order.map((axis) => full[axis]),
  );
  const reduced = order.flatMap((axis, i) => (axes.includes(axis) ? [i] : []));
  const kept = order.filter((axis) => !axes.includes(axis));
  const operand =
    type === "bool"
      ? graph.add("Cast", [stored], stored.shape, { attributes: { to: { int: 6 } }, type: "int32" })
      : stored;
  const result = reduceStored(graph, operand, operators[operation], reduced);
  const typed =
    type === "bool"
      ? graph.add("Cast", [result], result.shape, { attributes: { to: { int: 9 } }, type: "bool" })
      : result;
  const renumbered = full.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const view = viewInOrder(
    typed,
    kept.map((axis) => renumbered.indexOf(axis)),
    shape,
  );
  const repeats = count(axes.filter((axis) => value.axes[axis].stride === 0));
  if (repeats === 1 || operation === "Max" || operation === "Min") return view;
  if (operation === "Add") return lowerMultiply(graph, view, uniform(repeats, shape, type));
  return { ...view, tensor: graph.add("Pow", [view.tensor, graph.scalar(repeats, type)], view.tensor.shape) };
}
