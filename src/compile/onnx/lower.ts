import type * as jax from "@jax-js/jax";
import { type HostArray } from "../../array/index.js";
import { CompileError } from "../../errors.js";
import { type Equation, type Traced, type Variable } from "../trace.js";
import { type ElementType, type Graph, GraphBuilder } from "./graph.js";
import { type ConvolutionParameters } from "./convolution-image.js";
import { lowerAffine, lowerAffineTerm } from "./lower-affine.js";
import { lowerAddToConvolution } from "./lower-convolution-bias.js";
import { lowerConvolution } from "./lower-convolution.js";
import { lowerAddToProduct, lowerDot, type ProductOptions } from "./lower-dot.js";
import { lowerBinary, lowerNot, lowerWhere } from "./lower-comparison.js";
import {
  lowerAdd,
  lowerCast,
  lowerDivision,
  lowerMultiply,
  lowerNegate,
  lowerReciprocal,
  lowerUnary,
  unaryPrimitives,
} from "./lower-elementwise.js";
import { lowerFourier } from "./lower-fourier.js";
import { lowerReduce } from "./lower-reduce.js";
import { lowerSummedProduct } from "./lower-summed-product.js";
import {
  lowerBroadcast,
  lowerConcatenate,
  lowerFlip,
  lowerGather,
  lowerPad,
  lowerReshape,
  lowerScatter,
  lowerShrink,
  lowerSplit,
  lowerTranspose,
} from "./lower-shaping.js";
import { materialize, shapeOf, uniform, type Value, viewOf } from "./view.js";

/** Options for writing a graph. */
interface LoweringOptions extends ProductOptions {
  inputNames: readonly string[];
  outputNames: readonly string[];
  /** Inputs that are constants of the graph, by index. */
  constants?: ReadonlyMap<number, HostArray> | undefined;
}

interface Context {
  graph: GraphBuilder;
  options: LoweringOptions;
  uses: Uses;
  /** The value of an operand. */
  read(atom: Equation["inputs"][number]): Value;
}

type Rule = (
  context: Context,
  inputs: Value[],
  parameters: Record<string, never>,
  atoms: Equation["inputs"],
) => Value | Value[];

type Pairs = readonly (readonly [number, number])[];

const rules: Record<string, Rule> = {
  add: ({ graph, uses }, [a, b], _, [first, second]) =>
    lowerAddToProduct(graph, a, b, uses.isOnlyUse(first)) ??
    lowerAddToProduct(graph, b, a, uses.isOnlyUse(second)) ??
    lowerAddToConvolution(graph, a, b, uses.isOnlyUse(first)) ??
    lowerAddToConvolution(graph, b, a, uses.isOnlyUse(second)) ??
    lowerAffine(graph, a, b, uses.isOnlyUse(first)) ??
    lowerAffine(graph, b, a, uses.isOnlyUse(second)) ??
    lowerAffineTerm(graph, a, b, uses.isOnlyUse(first)) ??
    lowerAffineTerm(graph, b, a, uses.isOnlyUse(second)) ??
    lowerAdd(graph, a, b),
  mul: ({ graph }, [a, b]) => lowerMultiply(graph, a, b),
  neg: ({ graph }, [x]) => lowerNegate(graph, x),
  reciprocal: ({ graph }, [x]) => lowerReciprocal(graph, x),
  min: ({ graph }, [a, b]) => lowerBinary(graph, "min", a, b),
  max: ({ graph }, [a, b]) => lowerBinary(graph, "max", a, b),
  idiv: ({ graph }, [a, b]) => lowerDivision(graph, "idiv", a, b),
  mod: ({ graph }, [a, b]) => lowerDivision(graph, "mod", a, b),
  ...Object.fromEntries(
    unaryPrimitives.map((primitive): [string, Rule] => [
      primitive,
      ({ graph }, [x]) => lowerUnary(graph, primitive, x),
    ]),
  ),
  erfc: ({ graph }, [x]) => lowerAdd(graph, uniform(1, [], "float32"), lowerNegate(graph, lowerUnary(graph, "erf", x))),
  stop_gradient: (_, [x]) => x,
  cast: ({ graph }, [x], { dtype }) => lowerCast(graph, x, elementType(dtype)),
  compare: ({ graph }, [a, b], { op }) =>
    op === "not_equal" ? lowerNot(graph, lowerBinary(graph, "equal", a, b)) : lowerBinary(graph, op, a, b),
  where: ({ graph }, [condition, a, b]) => lowerWhere(graph, condition, a, b),
  reduce: ({ graph, options, uses, read }, [x], { op, axis }, [operand]) =>
    (op === "Add" ? lowerSummedProduct(graph, operand, axis, { makerOf: uses.makerOf, read }, options) : undefined) ??
    lowerReduce(graph, x, op, axis),
  conv: ({ graph, options }, [image, kernel], parameters) =>
    lowerConvolution(graph, image, kernel, parameters as unknown as ConvolutionParameters, options),
  transpose: (_, [x], { perm }) => lowerTranspose(x, perm),
  reshape: ({ graph }, [x], { shape }) => lowerReshape(graph, x, shape),
  broadcast: (_, [x], { shape, axis }) => lowerBroadcast(x, shape, axis),
  shrink: ({ graph }, [x], { slice }) => lowerShrink(graph, x, slice),
  pad: ({ graph }, [x], { width }) => lowerPad(graph, x, width as Pairs),
  flip: ({ graph }, [x], { axis }) => lowerFlip(graph, x, axis),
  concatenate: ({ graph }, xs, { axis }) => lowerConcatenate(graph, xs, axis),
  split: ({ graph }, [x], { axis, sizes }) => lowerSplit(graph, x, axis, sizes),
  gather: ({ graph }, [x, ...indices], { axis, outDim }) => {
    onlyOneIndex(indices, "gather");
    return lowerGather(graph, x, indices[0], axis[0], outDim);
  },
  scatter: ({ graph }, [updates, ...indices], { op, shape, axis, outDim }) => {
    onlyOneIndex(indices, "scatter");
    return lowerScatter(graph, updates, indices[0], { axis: axis[0], outAxis: outDim, shape, sum: op === "add" });
  },
  fft: ({ graph, options }, [real, imag], { inverse }) => lowerFourier(graph, real, imag, inverse, options),
};

function onlyOneIndex(indices: Value[], primitive: string): void {
  if (indices.length !== 1)
    throw new CompileError(`the onnx engine has ${primitive} only along one axis, not along ${indices.length} at once`);
}

/** The primitives that the onnx engine supports. */
export const loweredPrimitives: readonly string[] = [...Object.keys(rules), "dot", "jit"];

/** The graph's element type for a type of jax-js. Throws CompileError for an unsupported type. */
function elementType(type: string): ElementType {
  if (type === "float32" || type === "int32" || type === "bool") return type;
  if (type === "uint32") return "int32";
  throw new CompileError(`the onnx engine has no arrays of ${type}; use float32, int32 or bool`);
}

/** Lowers a traced function to a graph. Throws CompileError for a primitive that the engine lacks. */
export function lower(traced: Traced, options: LoweringOptions): Graph {
  const graph = new GraphBuilder([...options.inputNames, ...options.outputNames]);
  const values = new Map<Variable, Value>();
  traced.constants.forEach(({ variable, array }) => values.set(variable, constantValue(graph, array)));
  traced.inputs.forEach((variable, i) => {
    const { shape, dtype } = variable.aval;
    const fixed = options.constants?.get(i);
    const type = elementType(dtype);
    const tensor = fixed ? graph.constant(fixed.data, shape, type) : graph.input(options.inputNames[i], shape, type);
    values.set(variable, viewOf(tensor));
  });
  const read = (atom: Equation["inputs"][number]): Value => {
    if ("value" in atom) return uniform(atom.value, [], elementType(atom.dtype));
    const value = values.get(atom);
    if (!value) throw new Error(`internal: unknown variable ${String(atom)}`);
    return value;
  };
  const context: Context = { graph, options, uses: usesOf(traced), read };
  for (const equation of traced.equations) {
    const inputs = equation.inputs.map(read);
    const { primitive, params, outBinders } = equation;
    const result =
      (primitive as string) === "dot"
        ? lowerDot(graph, inputs[0], inputs[1], context.uses.isTransposed(outBinders[0]), options)
        : rules[primitive](context, inputs, params as Record<string, never>, equation.inputs);
    (Array.isArray(result) ? result : [result]).forEach((value, i) => {
      checkShape(primitive, shapeOf(value), outBinders[i].aval.shape);
      values.set(outBinders[i], value);
    });
  }
  const outputs = traced.outputs.map((atom, i) => ({
    name: options.outputNames[i],
    tensor: materialize(graph, read(atom)),
  }));
  return graph.finish(outputs);
}

// ONNX Runtime only warns of a wrong shape, so an error here would show as wrong numbers.
function checkShape(primitive: string, shape: readonly number[], declared: readonly number[]): void {
  if (shape.length !== declared.length || shape.some((size, i) => size !== declared[i]))
    throw new Error(`internal: ${primitive} lowered to shape [${shape.join(",")}], declared [${declared.join(",")}]`);
}

function constantValue(graph: GraphBuilder, array: jax.Array): Value {
  const type = elementType(array.dtype);
  const shape = [...array.shape];
  // Only the view is computed, and freed with its numbers: the array itself would keep its memory for good.
  const data = array.ref.reshape([1, 1, ...shape]).dataSync() as Float32Array | Int32Array;
  // Differentiation leaves many arrays of zeros of a batch's size; they are never written out, only compared.
  if (data.length > 0 && data.every((value) => value === data[0])) return uniform(data[0], shape, type);
  const stored =
    type === "float32" ? Float32Array.from(data) : type === "int32" ? Int32Array.from(data) : Uint8Array.from(data);
  return viewOf(graph.constant(stored, shape, type));
}

/** How a traced function uses its variables. */
interface Uses {
  /** Whether the only use of a product, through reshapes, is a transposition of two axes. */
  isTransposed(variable: Variable): boolean;
  /** Whether the operand is a variable that is used only once. */
  isOnlyUse(atom: Equation["inputs"][number]): boolean;
  /** The equation that makes the operand, if it is a variable that is used only once. */
  makerOf(atom: Equation["inputs"][number]): Equation | undefined;
}

function usesOf({ equations, outputs }: Traced): Uses {
  const uses = new Map<unknown, (Equation | "output")[]>();
  const use = (atom: unknown, by: Equation | "output"): void => {
    const known = uses.get(atom);
    if (known) known.push(by);
    else uses.set(atom, [by]);
  };
  for (const equation of equations) for (const atom of equation.inputs) use(atom, equation);
  for (const atom of outputs) use(atom, "output");
  const isTransposed = (variable: Variable): boolean => {
    const [only, ...others] = uses.get(variable) ?? [];
    if (only === undefined || only === "output" || others.length > 0) return false;
    if ((only.primitive as string) === "reshape") return isTransposed(only.outBinders[0]);
    const order = (only.params as { perm?: number[] }).perm;
    return (only.primitive as string) === "transpose" && order?.length === 2 && order[0] === 1;
  };
  const makers = new Map<unknown, Equation>();
  for (const equation of equations) for (const made of equation.outBinders) makers.set(made, equation);
  const isOnlyUse = (atom: unknown): boolean => uses.get(atom)?.length === 1;
  return { isTransposed, isOnlyUse, makerOf: (atom) => (isOnlyUse(atom) ? makers.get(atom) : undefined) };
}
