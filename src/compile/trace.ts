import * as jax from "@jax-js/jax";
import { type NDArray } from "../array/index.js";
import { CompileError } from "../errors.js";
import { forgettingTraces, mainTraceOf } from "./forget-trace.js";
import { asNative } from "./jax.js";
import { type FlatFunction } from "./trees.js";
import { type ArraySpec } from "./types.js";

/** One equation of a traced function. */
export type Equation = jax.Jaxpr["eqns"][number];
/** A variable of a traced function. */
export type Variable = Equation["outBinders"][number];
type Atom = Equation["inputs"][number];

/** A function traced to a list of primitives. */
export interface Traced {
  constants: { variable: Variable; array: jax.Array }[];
  inputs: Variable[];
  equations: Equation[];
  outputs: Atom[];
}

/** Traces a function of arrays of the given shapes. Throws CompileError if it uses a primitive not in `supported`. */
export function trace(fn: FlatFunction, specs: readonly ArraySpec[], supported: readonly string[]): Traced {
  const examples = specs.map(({ shape, type }) =>
    jax.numpy.zeros([...shape], { dtype: type === "int32" ? jax.numpy.int32 : jax.numpy.float32 }),
  );
  const makers = new Map<Variable, Error>();
  const recorded = forgettingTraces((leaves) => {
    recordMakers(leaves[0], makers);
    return fn(leaves);
  });
  const closed = closedJaxpr(recorded, examples);
  for (const equation of closed.jaxpr.eqns) checkSupported(equation, supported, makers.get(equation.outBinders[0]));
  const { inBinders, eqns, outs } = closed.jaxpr.flatten().simplify();
  const count = closed.consts.length;
  return {
    constants: closed.consts.map((array, i) => ({ variable: inBinders[i], array: array as unknown as jax.Array })),
    inputs: inBinders.slice(count),
    equations: eqns,
    outputs: outs,
  };
}

function closedJaxpr(
  { fn, forget }: ReturnType<typeof forgettingTraces<NDArray[]>>,
  examples: jax.Array[],
): jax.ClosedJaxpr {
  try {
    return (jax.makeJaxpr(asNative(fn))(examples) as unknown as { jaxpr: jax.ClosedJaxpr }).jaxpr;
  } finally {
    forget();
  }
}

/** Records where in the user's function each equation is made, so that an error can name the place. */
function recordMakers(tracer: NDArray | undefined, makers: Map<Variable, Error>): void {
  const builder = mainTraceOf(tracer)?.globalData as { addEqn(equation: Equation): void } | undefined | null;
  if (!builder) return;
  const add = builder.addEqn.bind(builder);
  builder.addEqn = (equation) => {
    makers.set(equation.outBinders[0], new Error("made here"));
    add(equation);
  };
}

function checkSupported(equation: Equation, supported: readonly string[], maker: Error | undefined): void {
  const { primitive, params } = equation as { primitive: string; params: { jaxpr?: jax.Jaxpr } };
  if (!supported.includes(primitive))
    throw new CompileError(
      `the onnx engine has no primitive "${primitive}", which the function makes at ${placeOf(maker)}; ` +
        `write it with other operations or compile with { backend: "jax" }`,
    );
  for (const inner of params.jaxpr?.eqns ?? []) checkSupported(inner, supported, maker);
}

/** The first line of a stack outside this library's array functions, the tracer and jax-js. */
function placeOf(maker: Error | undefined): string {
  const frames = (maker?.stack ?? "").split("\n").slice(1);
  const foreign = frames.find(
    (line) => !/@jax-js|[\\/](?:src|dist)[\\/](?:src[\\/])?(?:array|compile)[\\/](?!.*\.test\.)/.test(line),
  );
  return foreign?.trim().replace(/^at /, "") ?? "an unknown place";
}
