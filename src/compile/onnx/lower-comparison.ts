import { type GraphBuilder } from "./graph.js";
import { broadcast, broadcastShape, elementwise } from "./lower-elementwise.js";
import { isUniform, shapeOf, typeOf, uniform, type Value } from "./view.js";

const binary: Record<string, { operator: string; evaluate: (a: number, b: number) => number; boolean?: string }> = {
  min: { operator: "Min", evaluate: Math.min, boolean: "And" },
  max: { operator: "Max", evaluate: Math.max, boolean: "Or" },
  less: { operator: "Less", evaluate: (a, b) => Number(a < b) },
  equal: { operator: "Equal", evaluate: (a, b) => Number(a === b) },
  less_equal: { operator: "LessOrEqual", evaluate: (a, b) => Number(a <= b) },
};

/** Minimum, maximum and comparisons. */
export function lowerBinary(graph: GraphBuilder, primitive: string, a: Value, b: Value): Value {
  const { operator, evaluate, boolean } = binary[primitive];
  const comparison = primitive !== "min" && primitive !== "max";
  const type = comparison ? "bool" : typeOf(a);
  if (isUniform(a) && isUniform(b))
    return uniform(evaluate(a.value, b.value), broadcastShape(shapeOf(a), shapeOf(b)), type);
  return elementwise(graph, typeOf(a) === "bool" && boolean ? boolean : operator, [a, b], type);
}

/** Logical negation. */
export function lowerNot(graph: GraphBuilder, x: Value): Value {
  return isUniform(x) ? uniform(1 - x.value, x.shape, "bool") : elementwise(graph, "Not", [x], "bool");
}

/** a where the condition is true, b elsewhere. */
export function lowerWhere(graph: GraphBuilder, condition: Value, a: Value, b: Value): Value {
  const shape = broadcastShape(shapeOf(condition), shapeOf(a), shapeOf(b));
  if (isUniform(condition)) return broadcast(condition.value ? a : b, shape);
  if (isUniform(a) && isUniform(b) && a.value === b.value) return { ...a, shape };
  if (typeOf(a) === "bool") {
    // The engine has no Where of booleans.
    const whereTrue = elementwise(graph, "And", [condition, a], "bool");
    const whereFalse = elementwise(graph, "And", [lowerNot(graph, condition), b], "bool");
    return broadcast(elementwise(graph, "Or", [whereTrue, whereFalse], "bool"), shape);
  }
  return elementwise(graph, "Where", [condition, a, b], typeOf(a));
}
