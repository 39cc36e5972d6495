import { type Equation, type Variable } from "../trace.js";
import { type GraphBuilder } from "./graph.js";
import { lowerDot, type ProductOptions } from "./lower-dot.js";
import { broadcastShape } from "./lower-elementwise.js";
import { lowerReshape, lowerTranspose } from "./lower-shaping.js";
import { broadcastView, permuteView, shapeOf, typeOf, type Value, type View } from "./view.js";

type Atom = Equation["inputs"][number];

/** What is known of the operand of a sum. */
interface Origin {
  /** The equation that makes a variable that is used only once; undefined for other atoms. */
  makerOf(atom: Atom): Equation | undefined;
  /** The value of an atom. */
  read(atom: Atom): Value;
}

/**
 * sum(x * y) over one axis, where x and y are broadcast against each other and their product may have been transposed
 * or given axes of length 1 since, as one matrix product. The derivative of a transposed product is such a sum: jax-js writes its terms out first.
 *
 * @param operand the operand of the sum
 * @param axes its axes that are summed
 * @returns undefined if the operand is not of this kind
 */
export function lowerSummedProduct(
  graph: GraphBuilder,
  operand: Atom,
  axes: readonly number[],
  origin: Origin,
  options: ProductOptions,
): Value | undefined {
  if (axes.length !== 1) return undefined;
  const found = factorsOf(operand, origin);
  if (found === undefined) return undefined;
  const { factors, order } = found;
  const full = broadcastShape(...factors.map(shapeOf));
  const summed = order[axes[0]];
  if (summed === undefined) return undefined;
  const others = full.map((_, axis) => axis).filter((axis) => axis !== summed);
  const views = factors.map((factor) => broadcastView(factor, full));
  const repeats = ({ axes: own }: View, axis: number): boolean => own[axis].stride === 0;
  const isProduct = others.some((axis) => full[axis] > 1 && repeats(views[0], axis) !== repeats(views[1], axis));
  if (!isProduct || views.some((view) => repeats(view, summed))) return undefined;
  const [x, y] = views.map((view) => permuteView(view, [...others, summed]));
  const sum = lowerDot(graph, x, y, false, options);
  const kept = order.filter((axis) => axis !== undefined && axis !== summed);
  // An axis of the product that the operand lacks has length 1.
  const lost = others.filter((axis) => !kept.includes(axis));
  const inOrder = lowerTranspose(
    sum,
    [...kept, ...lost].map((axis) => others.indexOf(axis as number)),
  );
  const shape = order.map((axis) => (axis === undefined ? 1 : full[axis])).filter((_, i) => i !== axes[0]);
  return lowerReshape(graph, inOrder, shape);
}

/**
 * The factors of an elementwise product, and for each axis of the operand the product's own axis; undefined for an axis
 * of length 1 that the product lacks.
 */
function factorsOf(
  operand: Atom,
  { makerOf, read }: Origin,
): { factors: View[]; order: (number | undefined)[] } | undefined {
  let atom: Atom = operand;
  let order: (number | undefined)[] = shapeOfAtom(operand).map((_, axis) => axis);
  let maker = makerOf(atom);
  const is = (name: string): boolean => (maker?.primitive as string | undefined) === name;
  while (maker !== undefined && (is("transpose") || is("reshape"))) {
    const [input] = maker.inputs;
    const axes = is("transpose")
      ? (maker.params as unknown as { perm: number[] }).perm
      : axesBeforeReshape(shapeOfAtom(atom), shapeOfAtom(input));
    if (axes === undefined) return undefined;
    order = order.map((axis) => (axis === undefined ? undefined : axes[axis]));
    atom = input;
    maker = makerOf(atom);
  }
  if (maker === undefined || !(is("mul") || is("dot"))) return undefined;
  const values = maker.inputs.map(read);
  // A matrix product whose last axis has one element sums nothing.
  const factors = (is("dot") ? values.map(withoutLast) : values).filter(
    (factor): factor is View => factor?.kind === "view" && typeOf(factor) === "float32",
  );
  return factors.length === 2 ? { factors, order } : undefined;
}

/** The value without its last axis, if that has one element. */
function withoutLast(value: Value): Value | undefined {
  const isSingle = value.kind === "view" && value.axes.at(-1)?.size === 1;
  return isSingle ? { ...value, axes: value.axes.slice(0, -1) } : undefined;
}

const shapeOfAtom = (atom: Atom): readonly number[] => (atom as Variable).aval?.shape ?? [];

/**
 * For each axis of a reshaped array the array's own axis, if they differ in axes of length 1 alone; such an axis has
 * none.
 */
function axesBeforeReshape(
  reshaped: readonly number[],
  own: readonly number[],
): readonly (number | undefined)[] | undefined {
  const matched = own.flatMap((length, axis) => (length === 1 ? [] : [axis]));
  const lengths = reshaped.filter((length) => length !== 1);
  if (lengths.join() !== matched.map((axis) => own[axis]).join()) return undefined;
  let next = 0;
  return reshaped.map((length) => (length === 1 ? undefined : matched[next++]));
}
