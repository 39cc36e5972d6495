import fc from "fast-check";
import { type HostArray, hostArray, isHostArray, type NDArray, sizeOf } from "../../src/public/array.js";
import { compile } from "../../src/public/compile.js";
import { type Wrong } from "./subject.js";

// Functions of traced arrays, called with arrays on the host.

/** A value that is handed to a function of traced arrays as it is. */
class Raw {
  constructor(readonly value: unknown) {}
}

/**
 * Calls a function of traced arrays with arrays on the host: they are its inputs, wherever they stand in plain objects and lists; all
 * else is as it is.
 */
export function traced(fn: (...args: never[]) => unknown): (...args: never[]) => Promise<HostArray> {
  return async (...args: unknown[]) => {
    const given = arraysIn(args);
    const call = (...xs: NDArray[]): NDArray => fn(...(filled(args, xs.values()) as never[])) as NDArray;
    const compiled = await compile(call, given as never, { backend: "jax" });
    try {
      return await compiled.run(...(given as never[]));
    } finally {
      await compiled.dispose();
    }
  };
}

const isPlain = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  [Object.prototype, null].includes(Object.getPrototypeOf(value) as null);

function arraysIn(value: unknown): HostArray[] {
  if (isHostArray(value)) return [value];
  if (Array.isArray(value)) return value.flatMap(arraysIn);
  return isPlain(value) ? Object.values(value).flatMap(arraysIn) : [];
}

/** The same with arrays of the traced function in the place of those on the host. */
function filled(value: unknown, arrays: Iterator<NDArray>): unknown {
  if (isHostArray(value)) return arrays.next().value;
  if (value instanceof Raw) return value.value;
  if (Array.isArray(value)) return value.map((entry) => filled(entry, arrays));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, filled(entry, arrays)]));
}

/** What an array of a traced function must not be; arrays of these shapes too. */
export const notTraced =
  (...shapes: readonly (readonly number[])[]): Wrong =>
  () => {
    const host = hostArray([1, 2], [2]);
    const values = [undefined, null, "foo", true, {}, [], [1, 2], () => 1, Symbol("s"), new Float32Array(2), host, 1n];
    const raw = fc.constantFrom(...values).map((value) => new Raw(value));
    const others = shapes.map((other) => hostArray(new Float32Array(sizeOf(other)), other));
    return others.length === 0 ? raw : fc.oneof(raw, fc.constantFrom(...others));
  };

/** Wrong values that are handed on as they are, arrays on the host too. */
export const raw =
  (wrong: Wrong): Wrong =>
  (valid) =>
    wrong(valid).map((value) => new Raw(value));

/** What an object of arrays must not be: no object, an entry wrong, or one missing unless it may be. */
export const notTree =
  (entries: Readonly<Record<string, Wrong>>, { optional = [] as readonly string[], spoilt = true } = {}): Wrong =>
  (valid) => {
    const given = valid as Readonly<Record<string, unknown>>;
    const names = Object.keys(entries);
    const missing = names
      .filter((name) => !optional.includes(name))
      .map((name) => fc.constant(Object.fromEntries(Object.entries(given).filter(([other]) => other !== name))));
    const one = names.map((name) => entries[name](given[name]).map((value) => ({ ...given, [name]: value })));
    const none = fc.constantFrom<unknown[]>(undefined, null, 7, "foo", [], () => 1).map((value) => new Raw(value));
    return fc.oneof(...(spoilt ? [none] : []), ...missing, ...one, ...one);
  };
