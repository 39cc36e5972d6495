import * as jax from "@jax-js/jax";
import { ShapeError } from "../errors.js";
import { aFunction, aList, checkArgument, shown } from "../options.js";
import { checkTraced, isTraced, shapeText } from "./checks.js";
import { borrow, type Native } from "./native.js";
import { type NDArray } from "./ndarray.js";
import { add, mul, stopGradient, sub } from "./elementwise.js";

/** Nested arrays and objects of traced arrays, with respect to which a function can be differentiated. */
export type ArrayTree = NDArray | readonly ArrayTree[] | { readonly [key: string]: ArrayTree };

const borrowTree = <T>(tree: T): T => jax.tree.ref(tree as jax.JsTree<Native>) as T;

/**
 * Value and directional derivative of `fn` at `primals` along `tangents`: (f(x), J_f(x) v).
 * Forward mode: one pass. `primals` and `tangents` are lists of arguments of the same form.
 *
 * @throws InputError if `fn` is no function, or a primal or tangent no array; ShapeError unless the tangents have the
 *   form and the shapes of the primals
 * @example
 * const [value, slope] = jvp((x) => square(x), [x], [z]); // x^2 and 2 x z
 */
export function jvp<Args extends readonly ArrayTree[], Out extends ArrayTree>(
  fn: (...args: Args) => Out,
  primals: Args,
  tangents: Args,
): [Out, Out] {
  checkArgument("jvp", "fn", fn, aFunction);
  checkArgument("jvp", "primals", primals, aList);
  checkArgument("jvp", "tangents", tangents, aList);
  if (primals.length !== tangents.length)
    throw new ShapeError(
      `jvp: ${primals.length} primals and ${tangents.length} tangents, give one tangent for each primal`,
    );
  checkTangents(primals, tangents);
  return jax.jvp(fn as never, borrowTree(primals) as never, borrowTree(tangents) as never);
}

const leavesOf = (tree: ArrayTree): NDArray[] => jax.tree.leaves(tree as never);

function checkTangents(primals: ArrayTree, tangents: ArrayTree): void {
  const [form, given] = [primals, tangents].map((tree) => jax.tree.structure(tree as never).toString());
  if (form !== given)
    throw new ShapeError(`jvp: the tangents have the form ${given}, the primals ${form}: give them the same form`);
  const wanted = leavesOf(primals);
  leavesOf(tangents).forEach((tangent, i) => {
    checkTraced("jvp", `primal ${i}`, wanted[i]);
    checkTraced("jvp", `tangent ${i}`, tangent);
    if (tangent.shape.join() !== wanted[i].shape.join())
      throw new ShapeError(
        `jvp: tangent ${i} is ${shapeText(tangent.shape)}, it has to be ${shapeText(wanted[i].shape)} as its primal`,
      );
  });
}

/** The loss that a function returns. Throws ShapeError unless it is a scalar. */
function scalar(of: string, loss: unknown): NDArray {
  const found = isTraced(loss) ? shapeText(loss.shape) : shown(loss);
  if (!isTraced(loss) || loss.ndim > 0)
    throw new ShapeError(`${of}: the function's value is ${found}, it has to be a scalar, such as a sum or a mean`);
  return loss;
}

/**
 * Value, auxiliary results and gradient with respect to the first argument of a scalar function.
 * `fn(parameters, ...)` returns [loss (scalar), auxiliary tree]; the result is { value, auxiliary, gradient }.
 *
 * @throws InputError if `fn` is no function; the result throws ShapeError if the loss is not a scalar
 * @example
 * const loss = valueAndGradient((x: NDArray) => [sum(square(x)), { largest: max(x) }]);
 * const { value, auxiliary, gradient } = loss(x); // sum x^2, { largest }, 2 x
 */
export function valueAndGradient<P extends ArrayTree, Rest extends readonly ArrayTree[], Auxiliary extends ArrayTree>(
  fn: (parameters: P, ...rest: Rest) => [NDArray, Auxiliary],
): (parameters: P, ...rest: Rest) => { value: NDArray; auxiliary: Auxiliary; gradient: P } {
  checkArgument("valueAndGradient", "fn", fn, aFunction);
  return (parameters, ...rest) => {
    const scalarLoss = (...args: [P, ...Rest]): [NDArray, Auxiliary] => {
      const [loss, auxiliary] = fn(...args);
      return [scalar("valueAndGradient", loss), auxiliary];
    };
    const [[value, auxiliary], gradient] = inOwnTrace(scalarLoss, (watched) => {
      const differentiate = jax.valueAndGrad(watched as never, { hasAux: true }) as unknown as (
        ...args: unknown[]
      ) => [[NDArray, Auxiliary], P];
      return differentiate(borrowTree(parameters), ...rest.map(borrowTree));
    });
    return { value, auxiliary, gradient };
  };
}

/**
 * Gradient of a scalar function with respect to its first argument.
 *
 * @throws InputError if `fn` is no function; the result throws ShapeError if its value is not a scalar
 * @example
 * const slope = gradient((x: NDArray) => sum(square(x)))(x); // 2 x
 */
export function gradient<P extends ArrayTree>(fn: (parameters: P) => NDArray): (parameters: P) => P {
  checkArgument("gradient", "fn", fn, aFunction);
  return (parameters) =>
    inOwnTrace(
      (at: P) => scalar("gradient", fn(at)),
      (watched) => (jax.grad(watched as never) as unknown as (parameters: P) => P)(borrowTree(parameters)),
    );
}

/** A trace of jax-js. Traces are on a stack, and `dispose` removes the topmost one. */
interface TraceLevel {
  [Symbol.dispose](): void;
}

/**
 * Runs a reverse derivative of `fn` and removes its trace from jax-js's stack. jax-js 0.1 leaves the trace there, so
 * that an enclosing derivative would remove this trace instead of its own at its end, and could no longer return its
 * auxiliary results.
 */
function inOwnTrace<Args extends readonly ArrayTree[], Out, Result>(
  fn: (...args: Args) => Out,
  differentiate: (watched: (...args: Args) => Out) => Result,
): Result {
  let level: TraceLevel | undefined;
  try {
    return differentiate((...args) => {
      level = levelOf(args[0]);
      return fn(...args);
    });
  } finally {
    level?.[Symbol.dispose]();
  }
}

// The reverse derivative traces the tangent of an argument.
function levelOf(tree: ArrayTree): TraceLevel | undefined {
  const [leaf] = jax.tree.leaves(tree as never) as unknown as { tangent?: { _trace: { main: TraceLevel } } }[];
  return leaf?.tangent?._trace.main;
}

/**
 * A function's value with its first two derivatives given explicitly, for cases where automatic differentiation of the
 * value would overflow, divide by zero, or pass over memory more often than necessary.
 *
 * y = value + d (first + second d / 2) with d = x - stopgrad(x), which is zero: the Taylor polynomial at x. Derivatives
 * beyond the second are zero. x has to be finite: d is NaN at infinity where the jax engine computes it.
 *
 * @param x the argument, of any shape
 * @param value the function's value at x, of x's shape
 * @param first its first derivative, entry by entry, of x's shape
 * @param second its second derivative, of x's shape
 * @returns the value, of x's shape
 * @throws ShapeError if the shapes do not broadcast
 * @example
 * const s = sigmoid(x);
 * const slope = mul(s, sub(1, s));
 * const softplus = withDerivatives(x, log(add(1, exp(x))), s, slope);
 */
export function withDerivatives(x: NDArray, value: NDArray, first: NDArray, second: NDArray): NDArray {
  const d = sub(x, stopGradient(x));
  const slope = add(stopGradient(first), mul(mul(stopGradient(second), 0.5), d));
  return add(stopGradient(value), mul(slope, d));
}

/** The transpose of a linear function; `dispose` frees its memory. */
export interface Transposed {
  (g: NDArray): NDArray;
  dispose(): void;
}

/**
 * The transpose A^T of a linear function x -> A x. It is traced once, however often it is used.
 *
 * @param like an array of x's shape
 * @throws InputError if `fn` is no function or `like` no array
 * @example
 * const adjoint = transposeLinear((x) => mul(x, 3), x);
 * const back = adjoint(y); // 3 y
 */
export function transposeLinear(fn: (x: NDArray) => NDArray, like: NDArray): Transposed {
  checkArgument("transposeLinear", "fn", fn, aFunction);
  checkTraced("transposeLinear", "like", like);
  const vjp = jax.vjp as unknown as (
    f: (x: NDArray) => NDArray,
    primals: Native[],
  ) => [NDArray, { (g: Native): [NDArray]; dispose(): void }];
  const [, pull] = inOwnTrace(fn, (watched) => vjp(watched, [borrow(like)]));
  return Object.assign((g: NDArray) => pull(borrow(g))[0], { dispose: () => pull.dispose() });
}
