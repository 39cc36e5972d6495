import { sizeOf } from "../../array/index.js";
import { type ElementType, type GraphBuilder, type Tensor } from "./graph.js";
import {
  arrange,
  type Axis,
  broadcastView,
  isUniform,
  permuteView,
  shapeOf,
  storedOrder,
  type Uniform,
  typeOf,
  uniform,
  type Value,
  type View,
  viewInOrder,
} from "./view.js";

/** The shape of arrays broadcast against each other by NumPy's rules. */
export function broadcastShape(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, i) =>
    Math.max(...shapes.map((shape) => shape[i - rank + shape.length] ?? 1)),
  );
}

/** Applies an elementwise operator in the storage order of its largest operand, so that little is moved. */
export function elementwise(
  graph: GraphBuilder,
  operator: string,
  operands: readonly Value[],
  type: ElementType,
): Value {
  const shape = broadcastShape(...operands.map(shapeOf));
  const views = operands.map((value) => (value.kind === "view" ? broadcastView(value, shape) : value));
  const leader = views
    .filter((value): value is View => value.kind === "view")
    .reduce((a, b) => (sizeOf(b.tensor.shape) > sizeOf(a.tensor.shape) ? b : a));
  if (views.every((value) => value.kind === "uniform" || sameLayout(value, leader))) {
    const inputs = views.map((value) =>
      value.kind === "uniform"
        ? graph.scalar(value.value, value.type)
        : graph.reshape(value.tensor, leader.tensor.shape),
    );
    return { kind: "view", tensor: graph.add(operator, inputs, leader.tensor.shape, { type }), axes: leader.axes };
  }
  const stored = storedOrder(leader.axes);
  const others = shape.map((_, axis) => axis).filter((axis) => !stored.includes(axis));
  // Axes that the leader repeats keep their place before the stored axis that follows them.
  const order = [...stored];
  for (const axis of others.toReversed()) {
    const next = order.indexOf(axis + 1);
    order.splice(next < 0 ? order.length : next, 0, axis);
  }
  const inputs = views.map((value) =>
    value.kind === "uniform" ? graph.scalar(value.value, value.type) : arrange(graph, permuteView(value, order)),
  );
  const result = graph.add(operator, inputs, broadcastShape(...inputs.map((tensor) => tensor.shape)), { type });
  const present = result.shape.flatMap((size, i) => (size > 1 ? [i] : []));
  return viewInOrder(
    graph.reshape(
      result,
      present.map((i) => result.shape[i]),
    ),
    present.map((i) => order[i]),
    shape,
  );
}

function sameLayout(a: View, b: View): boolean {
  if (sizeOf(a.tensor.shape) !== sizeOf(b.tensor.shape)) return false;
  return a.axes.every(({ stride }, i) => stride === b.axes[i].stride);
}

const sameView = (a: Value, b: Value): boolean =>
  a.kind === "view" && b.kind === "view" && a.tensor === b.tensor && sameAxes(a.axes, b.axes);
const sameAxes = (a: readonly Axis[], b: readonly Axis[]): boolean =>
  a.length === b.length && a.every(({ size, stride }, i) => size === b[i].size && stride === b[i].stride);

/** The value repeated to `shape`. */
export function broadcast(value: Value, shape: readonly number[]): Value {
  return value.kind === "uniform" ? { ...value, shape } : broadcastView(value, shape);
}

const isConstant = (value: Value, constant: number): boolean => isUniform(value) && value.value === constant;

/** The inputs of `operator`, if the view's tensor is its output. */
function producedBy(graph: GraphBuilder, value: Value, operator: string): readonly Tensor[] | undefined {
  if (value.kind === "uniform") return undefined;
  const producer = graph.producer(value.tensor);
  return producer?.operator === operator ? producer.inputs : undefined;
}

/** a + b; a + (-b) becomes a - b, x - x becomes 0 (also where x is not finite) and x + x becomes 2 x. */
export function lowerAdd(graph: GraphBuilder, a: Value, b: Value): Value {
  const shape = broadcastShape(shapeOf(a), shapeOf(b));
  if (isUniform(a) && isUniform(b)) {
    const sum = a.value + b.value;
    return uniform(a.type === "bool" ? Math.min(sum, 1) : sum, shape, a.type);
  }
  if (isConstant(a, 0)) return broadcast(b, shape);
  if (isConstant(b, 0)) return broadcast(a, shape);
  if (sameView(a, b) && typeOf(a) !== "bool") return lowerMultiply(graph, a, uniform(2, shape, typeOf(a)));
  for (const [x, y] of [
    [a, b],
    [b, a],
  ]) {
    const negated = producedBy(graph, y, "Neg");
    if (!negated || y.kind === "uniform") continue;
    const positive: View = { ...y, tensor: graph.reshape(negated[0], y.tensor.shape) };
    if (sameView(x, positive)) return uniform(0, shape, typeOf(a));
    return elementwise(graph, "Sub", [x, positive], typeOf(a));
  }
  return elementwise(graph, typeOf(a) === "bool" ? "Or" : "Add", [a, b], typeOf(a));
}

/** a b; products with 0, 1 and -1 and chains of constant factors are folded. */
export function lowerMultiply(graph: GraphBuilder, a: Value, b: Value): Value {
  const shape = broadcastShape(shapeOf(a), shapeOf(b));
  if (isUniform(a) && isUniform(b)) return uniform(a.value * b.value, shape, a.type);
  if (isUniform(a)) return lowerMultiply(graph, b, a);
  if (typeOf(a) === "bool") return elementwise(graph, "And", [a, b], "bool");
  if (isConstant(b, 0)) return uniform(0, shape, typeOf(b));
  if (isConstant(b, 1)) return broadcast(a, shape);
  if (isConstant(b, -1)) return lowerNegate(graph, broadcast(a, shape));
  const factors = isUniform(b) ? producedBy(graph, a, "Mul") : undefined;
  const scaled = factors && isUniform(b) && a.kind === "view" ? scaledSmallFactor(graph, a, factors, b) : undefined;
  if (scaled) return scaled;
  const inner = factors && graph.constantOf(factors[1]);
  if (factors && inner?.tensor.shape.length === 0 && isUniform(b) && a.kind === "view") {
    const source: View = { ...a, tensor: graph.reshape(factors[0], a.tensor.shape) };
    const joined = b.value * Number(inner.data[0]);
    if (b.type !== "float32" || isNormal(joined)) return lowerMultiply(graph, source, uniform(joined, shape, b.type));
  }
  return elementwise(graph, "Mul", [a, b], typeOf(a));
}

// A product beyond these would be infinite, or lose bits, where the factors one after the other do not.
const isNormal = (value: number): boolean => Math.abs(value) >= 2 ** -126 && Math.abs(value) < 2 ** 128;

/** (x y) constant = x (y constant), if y is much smaller than the product. This saves one pass over x. */
function scaledSmallFactor(
  graph: GraphBuilder,
  product: View,
  factors: readonly Tensor[],
  constant: Uniform,
): View | undefined {
  const size = sizeOf(product.tensor.shape);
  const small = factors.findIndex((factor) => 4 * sizeOf(factor.shape) <= size && !graph.constantOf(factor));
  if (small < 0) return undefined;
  const node = graph.producer(product.tensor);
  const scalar = graph.scalar(constant.value, constant.type);
  const scaled = graph.add("Mul", [factors[small], scalar], factors[small].shape);
  const inputs = factors.map((factor, i) => (i === small ? scaled : factor));
  return { ...product, tensor: graph.add("Mul", inputs, node?.output.shape ?? product.tensor.shape) };
}

/** -x; a double negation is removed. */
export function lowerNegate(graph: GraphBuilder, x: Value): Value {
  if (isUniform(x)) return uniform(-x.value, x.shape, x.type);
  const negated = producedBy(graph, x, "Neg");
  if (negated && x.kind === "view") return { ...x, tensor: graph.reshape(negated[0], x.tensor.shape) };
  return elementwise(graph, "Neg", [x], typeOf(x));
}

/** 1 / x; 1 / (1 + e^-y) becomes the logistic function of y, which the engine evaluates without overflow. */
export function lowerReciprocal(graph: GraphBuilder, x: Value): Value {
  if (isUniform(x)) return uniform(1 / x.value, x.shape, x.type);
  const sum = producedBy(graph, x, "Add");
  if (sum && x.kind === "view") {
    const one = sum.find((tensor) => graph.constantOf(tensor)?.tensor.shape.length === 0);
    const other = sum.find((tensor) => tensor !== one);
    const exponential = other && graph.producer(other);
    const negated = exponential?.operator === "Exp" ? graph.producer(exponential.inputs[0]) : undefined;
    if (one && Number(graph.constantOf(one)?.data[0]) === 1 && negated?.operator === "Neg") {
      const argument: View = { ...x, tensor: graph.reshape(negated.inputs[0], x.tensor.shape) };
      return elementwise(graph, "Sigmoid", [argument], "float32");
    }
  }
  return elementwise(graph, "Reciprocal", [x], typeOf(x));
}

const unary: Record<string, { operator: string; evaluate?: (x: number) => number }> = {
  floor: { operator: "Floor", evaluate: Math.floor },
  ceil: { operator: "Ceil", evaluate: Math.ceil },
  sin: { operator: "Sin", evaluate: Math.sin },
  cos: { operator: "Cos", evaluate: Math.cos },
  asin: { operator: "Asin", evaluate: Math.asin },
  atan: { operator: "Atan", evaluate: Math.atan },
  exp: { operator: "Exp", evaluate: Math.exp },
  log: { operator: "Log", evaluate: Math.log },
  sqrt: { operator: "Sqrt", evaluate: Math.sqrt },
  erf: { operator: "Erf" },
};

/** The primitives of one operand that map to one ONNX operator. */
export const unaryPrimitives = Object.keys(unary);

/** A function of each element. */
export function lowerUnary(graph: GraphBuilder, primitive: string, x: Value): Value {
  const { operator, evaluate } = unary[primitive];
  if (isUniform(x) && evaluate) return uniform(evaluate(x.value), x.shape, x.type);
  const operand = isUniform(x) ? broadcastViewOfScalar(graph, x) : x;
  return elementwise(graph, operator, [operand], typeOf(x));
}

/** x in another element type. */
export function lowerCast(graph: GraphBuilder, x: Value, type: ElementType): Value {
  if (typeOf(x) === type) return x;
  if (isUniform(x)) return uniform(type === "float32" ? x.value : Math.trunc(x.value), x.shape, type);
  const code = { float32: 1, int32: 6, int64: 7, bool: 9 }[type];
  const tensor = graph.add("Cast", [x.tensor], x.tensor.shape, {
    attributes: { to: { int: code } },
    type,
  });
  return { ...x, tensor };
}

/** Integer or truncated division, and its remainder (with the numerator's sign). */
export function lowerDivision(graph: GraphBuilder, primitive: string, a: Value, b: Value): Value {
  const type = typeOf(a);
  if (isUniform(a) && isUniform(b)) {
    const value = primitive === "mod" ? a.value % b.value : Math.trunc(a.value / b.value);
    return uniform(value, broadcastShape(shapeOf(a), shapeOf(b)), type);
  }
  if (primitive === "mod") {
    const both = [a, b].map((value) => (isUniform(value) ? broadcastViewOfScalar(graph, value) : value));
    const shape = broadcastShape(...both.map(shapeOf));
    const [x, y] = both.map((value) => arrange(graph, broadcastView(value, shape)));
    const result = graph.add("Mod", [x, y], broadcastShape(x.shape, y.shape), { attributes: { fmod: { int: 1 } } });
    return broadcastView(
      viewInOrder(
        result,
        shape.map((_, i) => i),
        result.shape,
      ),
      shape,
    );
  }
  const quotient = elementwise(graph, "Div", [a, b], type);
  if (type !== "float32") return quotient;
  return lowerCast(graph, lowerCast(graph, quotient, "int32"), "float32");
}

function broadcastViewOfScalar(graph: GraphBuilder, value: Uniform): View {
  const tensor = graph.scalar(value.value, value.type);
  return { kind: "view", tensor, axes: value.shape.map((size) => ({ size, stride: 0 })) };
}
