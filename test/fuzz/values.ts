import fc from "fast-check";
import { type HostArray, hostArray, sizeOf } from "../../src/array/index.js";
import { type Wrong } from "./subject.js";

// Valid values, and those that a careless or hostile caller gives in their place.

/** Finite numbers of usual sizes; some are 0, equal to others, or tiny. */
export const finite = (low = -10, high = 10): fc.Arbitrary<number> =>
  fc.oneof(
    {
      weight: 6,
      arbitrary: fc.integer({ min: Math.ceil(low * 100), max: Math.floor(high * 100) }).map((x) => x / 100),
    },
    { weight: 1, arbitrary: fc.double({ min: low, max: high, noNaN: true }).map((x) => Math.fround(x)) },
    { weight: 1, arbitrary: fc.constantFrom(...[0, 1, -1, 0.5, 1e-9].filter((x) => x >= low && x <= high)) },
  );

export const positive = (high = 10): fc.Arbitrary<number> => fc.double({ min: 1e-3, max: high, noNaN: true });

export const integer = (low: number, high: number): fc.Arbitrary<number> => fc.integer({ min: low, max: high });

/** A list of finite numbers as a plain or a typed array. */
export const numbers = (length: number, low = -10, high = 10): fc.Arbitrary<number[] | Float32Array | Float64Array> =>
  fc
    .array(finite(low, high), { minLength: length, maxLength: length })
    .chain((list) => fc.constantFrom(list, Float64Array.from(list), Float32Array.from(list)));

export const float32 = (length: number, low = -2, high = 2): fc.Arbitrary<Float32Array> =>
  fc.array(finite(low, high), { minLength: length, maxLength: length }).map((list) => Float32Array.from(list));

/** A host array of this shape. */
export const array = (shape: readonly number[], low = -2, high = 2): fc.Arbitrary<HostArray> =>
  float32(sizeOf(shape), low, high).map((data) => hostArray(data, shape));

export const shape = (axes: { minLength?: number; maxLength?: number } = {}, most = 4): fc.Arbitrary<number[]> =>
  fc.array(integer(1, most), { minLength: 1, maxLength: 3, ...axes });

const detached = (): Float32Array => {
  const data = new Float32Array(4);
  structuredClone(data.buffer, { transfer: [data.buffer] });
  return data;
};

const notNumbers: readonly unknown[] = [
  null,
  "",
  "foo",
  "1",
  true,
  {},
  [],
  [1],
  () => 1,
  Symbol("s"),
  new Date(0),
  1n,
  Object.create(null),
  new Float32Array(2),
  { valueOf: () => 1 },
  JSON.parse('{"__proto__": {"x": 1}}'),
];

/** Values of no use as anything but themselves. */
const oddities = (except: (value: unknown) => boolean): fc.Arbitrary<unknown> =>
  fc.constantFrom(
    ...[...notNumbers, NaN, Infinity, -Infinity, -1, 1.5, 2 ** 53, 1e308, undefined].filter((v) => !except(v)),
  );

/** What a number must not be. */
export function notNumber({
  min = -Infinity,
  max = Infinity,
  above,
  below,
  whole = false,
  optional = false,
  infinite = false,
}: {
  min?: number;
  max?: number;
  above?: number;
  below?: number;
  whole?: boolean;
  /** Whether it may be left out. */
  optional?: boolean;
  /** Whether infinity and NaN are numbers to it. */
  infinite?: boolean;
} = {}): Wrong {
  const wrong = [
    ...(infinite ? [] : [NaN, Infinity, -Infinity]),
    ...(min > -Infinity ? [min - 1, -1e308] : []),
    ...(above !== undefined ? [above, above - 1, -1e308] : []),
    ...(max < Infinity ? [max + 1, 1e308, 2 ** 53] : []),
    ...(below !== undefined ? [below, below + 1, 1e308] : []),
    ...(whole ? [1.5, 1e308, Math.max(0, Math.min(min, 1e6)) + 0.5] : []),
    ...(optional ? [] : [undefined]),
  ];
  return () => fc.constantFrom(...wrong, ...notNumbers);
}

/** What a list of finite numbers must not be; one that is `shorter` too where its length has to fit. */
export function notNumbersList({
  shorter = false,
  empty = true,
  plain = true,
  values = true,
  optional = false,
} = {}): Wrong {
  return (valid) => {
    const list = Array.from((valid ?? []) as ArrayLike<number>);
    const spoilt = fc
      .tuple(integer(0, Math.max(0, list.length - 1)), fc.constantFrom(NaN, Infinity, -Infinity))
      .map(([at, value]) => Float64Array.from(list.length > 0 ? list.with(at, value) : [value]));
    const spoiltPlain = fc
      .tuple(integer(0, Math.max(0, list.length - 1)), fc.constantFrom<unknown>(NaN, undefined, null, "1", {}, 1n))
      .map(([at, value]) => (list as unknown[]).with(at, value));
    const others: fc.Arbitrary<unknown>[] = [
      fc.constantFrom(
        ...(optional ? [] : [undefined]),
        null,
        "foo",
        7,
        NaN,
        true,
        {},
        () => 1,
        Symbol("s"),
        { length: 2 },
        { length: -1 },
        { length: "x" },
        { length: 2 ** 40 },
        new Date(0),
        new DataView(new ArrayBuffer(8)),
        new BigInt64Array(2),
        new Map(),
        Object.create(null),
      ),
    ];
    if (values && list.length > 0) others.push(spoilt, ...(plain ? [spoiltPlain] : []));
    if (shorter) others.push(fc.constantFrom(list.slice(1), [...list, 0]).map((some) => Float32Array.from(some)));
    if (empty) others.push(fc.constantFrom(new Float32Array(0), ...(plain ? [[]] : []), detached()));
    return fc.oneof(...others);
  };
}

export const notFunction =
  ({ optional = false } = {}): Wrong =>
  () =>
    fc.constantFrom(...(optional ? [] : [undefined]), null, "foo", 7, NaN, {}, [], Symbol("s"), "toString", true);

export const notOneOf =
  (values: readonly string[], { optional = false } = {}): Wrong =>
  () =>
    fc
      .constantFrom<unknown[]>(
        ...(optional ? [] : [undefined]),
        null,
        "",
        "foo",
        7,
        NaN,
        {},
        [],
        "__proto__",
        "constructor",
        "toString",
        () => 1,
        Symbol("s"),
        values[0].toUpperCase(),
        [values[0]],
      )
      .filter((value) => !values.includes(value as never));

export const notBoolean: Wrong = () => fc.constantFrom<unknown[]>(null, "true", "", 0, 1, {}, [], NaN, Symbol("s"));

export const notText =
  ({ optional = false, empty = false } = {}): Wrong =>
  () =>
    fc.constantFrom<unknown[]>(
      ...(optional ? [] : [undefined]),
      ...(empty ? [] : [""]),
      null,
      7,
      NaN,
      {},
      [],
      ["a"],
      () => 1,
      Symbol("s"),
      new Date(0),
      1n,
    );

/** What a record of data must not be: as options, but it may have more entries than are read. */
export const notRecord = (
  rules: Readonly<Record<string, Wrong>>,
  required: readonly string[] = Object.keys(rules),
): Wrong => notOptions(rules, { required, extra: true });

export const notObject =
  ({ optional = false } = {}): Wrong =>
  () =>
    fc.constantFrom<unknown[]>(...(optional ? [] : [undefined]), null, "foo", 7, NaN, true, () => 1, Symbol("s"), 1n);

/** What options must not be: no object, a name misspelt or foreign, one of them wrong, a required one missing. */
export function notOptions(
  rules: Readonly<Record<string, Wrong>>,
  { required = [] as readonly string[], optional = true, extra = false } = {},
): Wrong {
  return (valid) => {
    const names = Object.keys(rules);
    const given = valid as Readonly<Record<string, unknown>>;
    const misspelt = fc
      .constantFrom(...names, "toString", "constructor", "foo", "", "SEED")
      .map((name) => (names.includes(name) ? `${name}s` : name))
      .filter((name) => !names.includes(name))
      .map((name) => ({ ...given, [name]: given[name.slice(0, -1)] ?? 1 }));
    const one = fc
      .constantFrom(...names)
      .chain((name) => rules[name](given[name]).map((value) => ({ ...given, [name]: value })));
    const missing = required.map((name) => {
      const { [name]: _left, ...rest } = given;
      return fc.constant(rest);
    });
    return fc.oneof(
      { weight: 1, arbitrary: notObject({ optional: optional && required.length === 0 })(undefined) },
      ...(extra ? [] : [{ weight: 1, arbitrary: misspelt }]),
      ...(names.length > 0 ? [{ weight: 4, arbitrary: one }] : []),
      ...missing.map((arbitrary) => ({ weight: 1, arbitrary })),
    );
  };
}

/** What a shape must not be. */
export const notShape =
  ({ axes }: { axes?: number } = {}): Wrong =>
  (given) => {
    const valid = (given ?? [1]) as readonly number[];
    return fc.oneof(
      fc.constantFrom<unknown[]>(undefined, null, "12", "foo", 7, NaN, {}, () => 1, Symbol("s"), { length: 1 }, true),
      fc.constantFrom<unknown[]>(
        ...[-1, NaN, 1.5, Infinity, "2", null, undefined, 2 ** 53, 2 ** 40, {}].map((odd) => [...valid.slice(1), odd]),
      ),
      ...(axes === undefined ? [] : [fc.constantFrom([...valid, 1], valid.slice(1))]),
    );
  };

/** What a host array must not be. */
export function notHostArray({
  values = true,
  shapes = [] as readonly (readonly number[])[],
  optional = false,
} = {}): Wrong {
  return (valid) => {
    const { shape: own, data } = (valid ?? { shape: [1], data: new Float32Array(1) }) as HostArray;
    const spoilt = fc
      .tuple(integer(0, Math.max(0, data.length - 1)), fc.constantFrom(NaN, Infinity, -Infinity))
      .map(([at, value]) => ({ shape: own, data: Float32Array.from(data).with(at, value) }));
    return fc.oneof(
      fc.constantFrom<unknown[]>(
        ...(optional ? [] : [undefined]),
        null,
        "foo",
        7,
        NaN,
        {},
        [],
        () => 1,
        Symbol("s"),
        data,
        Array.from(data),
        { shape: own },
        { data },
        { shape: own, data: Array.from(data) },
        { shape: own, data: Float64Array.from(data) },
        { shape: own, data: new Uint8Array(data.length) },
        { shape: own, data: null },
        { shape: null, data },
        { shape: "12", data },
        { shape: own.join(), data },
        { shape: own, data: new Float32Array(data.length + 1) },
        { shape: [...own, 2], data },
        { shape: own.map((length) => -length), data },
        { shape: own.with(0, NaN), data },
        { shape: own.with(0, own[0] + 0.5), data },
        { shape: own.with(0, 2 ** 53), data },
        { shape: own, data: detached() },
      ),
      ...(values && data.length > 0 ? [spoilt, spoilt] : []),
      ...(shapes.length > 0
        ? [fc.constantFrom(...shapes).map((other) => hostArray(new Float32Array(sizeOf(other)), other))]
        : []),
    );
  };
}

/** Any odd value that is not one of these kinds. */
export const notAny =
  (accepts: (value: unknown) => boolean): Wrong =>
  () =>
    oddities(accepts);

export const notRandom: Wrong = () =>
  fc.constantFrom<unknown[]>(undefined, null, 7, "foo", {}, [], Math.random, { uniform: 1 }, Symbol("s"));

/** A source of numbers uniform in [0, 1) is asked for. */
export const notUniform: Wrong = notFunction();

export const near = (a: number, b: number, relative = 1e-6, absolute = 1e-9): boolean =>
  a === b || Math.abs(a - b) <= absolute + relative * Math.max(Math.abs(a), Math.abs(b));

export const differs = (what: string, a: number, b: number, relative = 1e-6, absolute = 1e-9): string | undefined =>
  near(a, b, relative, absolute) ? undefined : `${what} is ${a}, not ${b}`;
