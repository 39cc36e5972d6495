import fc from "fast-check";
import * as array from "../../../src/public/array.js";
import { type HostArray, randomSource } from "../../../src/public/array.js";
import * as nn from "../../../src/public/nn.js";
import { count } from "../option-rules.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import { notTraced, notTree, raw, traced } from "../traced.js";
import { array as arrayOf, differs, finite, integer, notFunction, notNumber, notRandom, notShape } from "../values.js";

type Layer = (...args: never[]) => Promise<HostArray>;
const layer = (call: unknown): Layer => traced(call as (...args: never[]) => unknown);
const size = raw(count);
const epsilon = raw(notNumber({ min: 0, optional: true }));
const source = integer(0, 99).map((seed) => randomSource(seed));
const shaped = (wanted: readonly number[], got: HostArray): string | undefined =>
  got.shape.join() === wanted.join() ? undefined : `the result is [${got.shape.join(", ")}]`;

/** A weight [outputs, inputs] and a bias [outputs] that fit, and what does not. */
const weights = (outputs: number, inputs: number): fc.Arbitrary<{ weight: HostArray; bias: HostArray }> =>
  fc.record({ weight: arrayOf([outputs, inputs]), bias: arrayOf([outputs]) });
const notWeights = (outputs: number, inputs: number): Wrong =>
  notTree({
    weight: notTraced([outputs, inputs + 1], [outputs], [1, outputs, inputs]),
    bias: notTraced([1], [], [outputs + 1], [1, outputs]),
  });

const initialisers: Subject[] = [
  ofFunction({
    name: "nn.initialiseLinear",
    call: nn.initialiseLinear as unknown as (...args: unknown[]) => { weight: HostArray; bias: HostArray },
    valid: fc.tuple<unknown[]>(source, integer(1, 5), integer(1, 5)),
    wrong: [notRandom, count, count, notFunction({ optional: true })],
    holds: ({ weight }, _random, inputs, outputs) => shaped([outputs as number, inputs as number], weight),
  }),
  ofFunction({
    name: "nn.initialiseConvolution",
    call: nn.initialiseConvolution as unknown as (...args: unknown[]) => { weight: HostArray; bias: HostArray },
    valid: fc.tuple<unknown[]>(source, integer(1, 3), integer(1, 3), integer(1, 3)),
    wrong: [notRandom, count, count, count, notFunction({ optional: true })],
    holds: ({ bias }, _random, _inputs, outputs) => shaped([outputs as number], bias),
  }),
  ofFunction({
    name: "nn.initialiseAttention",
    call: nn.initialiseAttention as unknown as (...args: unknown[]) => object,
    valid: fc.tuple<unknown[]>(
      source,
      fc.constant(4),
      fc.constantFrom(1, 2, 4),
      fc.boolean().map((queryKeyNorm) => ({ queryKeyNorm })),
    ),
    wrong: [
      notRandom,
      notNumber({ min: 4, whole: true }),
      () => fc.constantFrom<unknown[]>(3, 5, 0, -1, 1.5, NaN, "2", null, undefined),
      () =>
        fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          {},
          { queryKeyNorm: 1 },
          { queryKeyNorm: true, initialiser: 7 },
          { queryKeyNorm: true, initializer: nn.zeroInitialiser },
        ),
    ],
  }),
  ofFunction({
    name: "nn.initialiseFilm",
    call: nn.initialiseFilm as unknown as (...args: unknown[]) => object,
    valid: fc.tuple<unknown[]>(source, integer(1, 4), integer(1, 4)),
    wrong: [notRandom, count, count],
  }),
  ofFunction({
    name: "nn.initialiseNormalisation",
    call: nn.initialiseNormalisation,
    valid: fc.tuple(integer(1, 9)),
    wrong: [count],
  }),
  ...(["uniformByFanIn", "xavierUniform", "zeroInitialiser"] as const).map((name) =>
    ofFunction({
      name: `nn.${name}`,
      call: nn[name],
      valid: fc.tuple(
        source,
        fc.tuple(integer(1, 4), integer(1, 4)).map((shape): readonly number[] => shape),
      ),
      wrong: [notRandom, notShape()],
      holds: ({ weight }, _random, shape) => shaped(shape, weight),
    }),
  ),
  ofFunction({
    name: "nn.normalInitialiser",
    call: (deviation: number) => nn.normalInitialiser(deviation)(randomSource(1), [2, 3]),
    valid: fc.tuple(finite(0, 3)),
    wrong: [notNumber({ min: 0 })],
  }),
  ofFunction({
    name: "nn.normalWeights",
    call: nn.normalWeights,
    valid: fc.tuple(
      source,
      fc.tuple(integer(1, 4), integer(1, 4)).map((shape): readonly number[] => shape),
      finite(0, 3),
    ),
    wrong: [notRandom, notShape(), notNumber({ min: 0 })],
  }),
];

const layers: Subject[] = [
  ofFunction({
    name: "nn.linear",
    weight: 2,
    call: layer(nn.linear) as (parameters: { weight: HostArray; bias: HostArray }, x: HostArray) => Promise<HostArray>,
    valid: fc.tuple(weights(3, 2), arrayOf([4, 2])),
    wrong: [notWeights(3, 2), notTraced([4, 3], [4, 1], [])],
    holds: ({ data }, { weight, bias }, x) =>
      differs(
        "the first number",
        data[0],
        x.data[0] * weight.data[0] + x.data[1] * weight.data[1] + bias.data[0],
        1e-4,
        1e-4,
      ),
  }),
  ofFunction({
    name: "nn.convolution",
    call: layer(nn.convolution) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(
      fc.record({ weight: arrayOf([3, 2, 3, 3]), bias: arrayOf([3]) }),
      arrayOf([1, 2, 5, 5]),
      fc.record({ stride: integer(1, 2) }),
    ),
    wrong: [
      notTree({ weight: notTraced([3, 1, 3, 3], [3, 3]), bias: notTraced([1], [], [2], [3, 1, 1]) }),
      notTraced([1, 3, 5, 5], [2, 5, 5], [1, 1, 5, 5]),
      raw(() =>
        fc.constantFrom<unknown[]>(null, 7, "foo", { stride: 0 }, { stride: 1.5 }, { padding: "1" }, { pading: 1 }),
      ),
    ],
    holds: (result, _parameters, _x, options) => {
      const side = (options as { stride: number }).stride === 1 ? 5 : 3;
      return shaped([1, 3, side, side], result);
    },
  }),
  ofFunction({
    name: "nn.attention",
    call: layer(nn.attention) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(
      fc.record({ qkv: weights(12, 4), proj: weights(4, 4) }),
      arrayOf([2, 3, 4]),
      fc.constantFrom(1, 2, 4),
    ),
    wrong: [
      notTree({ qkv: notWeights(12, 4), proj: notWeights(4, 4) }),
      notTraced([2, 4], [2, 3, 5], [4]),
      raw(() => fc.constantFrom<unknown[]>(3, 0, -1, 1.5, NaN, "2", null, undefined)),
    ],
    holds: (result) => shaped([2, 3, 4], result),
  }),
  ofFunction({
    name: "nn.layerNorm",
    call: layer(nn.layerNorm) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(arrayOf([3, 4]), fc.record({ weight: arrayOf([4]), bias: arrayOf([4]) })),
    wrong: [
      notTraced([3, 5], []),
      notTree({ weight: notTraced([1], [3, 4]), bias: notTraced([1], []) }, { spoilt: false }),
      epsilon,
    ],
    holds: (result) => shaped([3, 4], result),
  }),
  ofFunction({
    name: "nn.groupNorm",
    call: layer(nn.groupNorm) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(
      fc.record({ weight: arrayOf([4]), bias: arrayOf([4]) }),
      arrayOf([2, 4, 3, 3]),
      fc.constantFrom(1, 2, 4),
    ),
    wrong: [
      notTree({ weight: notTraced([1], [2], [4, 1, 1]), bias: notTraced([1], [2], []) }),
      notTraced([2, 4], [2, 3, 3, 3], [4, 3, 3]),
      raw(() => fc.constantFrom<unknown[]>(3, 0, -1, 1.5, NaN, "2", null, undefined)),
      epsilon,
    ],
    holds: (result) => shaped([2, 4, 3, 3], result),
  }),
  ofFunction({
    name: "nn.rootMeanSquareNorm",
    call: layer(nn.rootMeanSquareNorm) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(arrayOf([3, 4]), arrayOf([4])),
    wrong: [notTraced([3, 1], []), notTraced([1], [3, 4], [], [5]), epsilon],
    holds: (result) => shaped([3, 4], result),
  }),
  ofFunction({
    name: "nn.film",
    call: layer(nn.film) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(fc.record({ fc: weights(6, 2) }), arrayOf([2, 3, 4, 4]), arrayOf([2, 2])),
    wrong: [
      notTree({ fc: notWeights(6, 2) }),
      notTraced([2, 4, 4, 4], [3, 3, 4, 4], [2, 3]),
      notTraced([1, 2], [2, 3], [2]),
    ],
    holds: (result) => shaped([2, 3, 4, 4], result),
  }),
  ofFunction({
    name: "nn.modulate",
    call: layer(nn.modulate) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(arrayOf([2, 3, 4]), arrayOf([2, 4]), arrayOf([2, 4])),
    wrong: [notTraced([3, 3, 4], [2, 3, 1], [4]), notTraced([1, 4], [4], [2, 1]), notTraced([1, 4], [4], [2, 1])],
    holds: (result) => shaped([2, 3, 4], result),
  }),
  ofFunction({
    name: "nn.perToken",
    call: layer(nn.perToken) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(arrayOf([2, 4]), arrayOf([2, 3, 4])),
    wrong: [notTraced([2], [1, 4], [2, 3, 4]), notTraced([3, 3, 4], [2, 3, 5], [2, 3, 4, 4])],
    holds: (result) => shaped([2, 1, 4], result),
  }),
  ofFunction({
    name: "nn.labelEmbedding",
    call: traced((table: array.NDArray, rows: array.NDArray) => nn.labelEmbedding(table, rows)) as (
      ...args: unknown[]
    ) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(
      arrayOf([3, 2]),
      fc.array(integer(0, 2), { minLength: 2, maxLength: 4 }).map((labels) => ({
        shape: [labels.length],
        data: Int32Array.from(labels),
      })),
    ),
    wrong: [notTraced([3], [3, 2, 1]), notTraced([2, 1], [])],
    holds: (result, table, rows) =>
      differs("the first number", result.data[0], (table as HostArray).data[2 * (rows as HostArray).data[0]], 1e-5),
  }),
  ofFunction({
    name: "nn.oneHot",
    call: layer(nn.oneHot) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(fc.constant({ shape: [2], data: Int32Array.of(0, 1) }), integer(2, 5)),
    wrong: [notTraced([2, 1], []), size],
    holds: ({ data }) =>
      differs(
        "the total",
        Array.from(data).reduce((sum, value) => sum + value, 0),
        2,
      ),
  }),
  ofFunction({
    name: "nn.timeFeatures",
    call: layer(nn.timeFeatures) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(arrayOf([3], 0, 1), fc.constantFrom(2, 4, 8)),
    wrong: [
      notTraced([3, 1], []),
      raw(() => fc.constantFrom<unknown[]>(3, 0, -2, 1.5, NaN, "4", null, undefined)),
      raw(notNumber({ above: 0, optional: true })),
    ],
    holds: ({ data, shape: [, width] }) => differs("cos^2 + sin^2", data[0] ** 2 + data[width / 2] ** 2, 1, 1e-4),
  }),
  ...(["patchify", "spaceToDepth"] as const).map((name) =>
    ofFunction({
      name: `nn.${name}`,
      call: layer(nn[name]) as (...args: unknown[]) => Promise<HostArray>,
      valid: fc.tuple<unknown[]>(arrayOf([2, 1, 4, 4]), fc.constantFrom(2, 4)),
      wrong: [
        notTraced([2, 4, 4], [2, 1, 3, 3], [16]),
        raw(() => fc.constantFrom<unknown[]>(3, 0, -2, 1.5, NaN, "2", null, undefined, 8)),
      ],
      holds: ({ data }) => differs("the number of values", data.length, 32),
    }),
  ),
  ofFunction({
    name: "nn.unpatchify",
    call: layer(nn.unpatchify) as (...args: unknown[]) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(arrayOf([2, 4, 8]), fc.constant(2), fc.constant(4), fc.constant(4)),
    wrong: [
      notTraced([2, 4], [2, 3, 8], [2, 4, 7]),
      raw(() => fc.constantFrom<unknown[]>(3, 0, -2, 1.5, NaN, "2", null, undefined, 4)),
      raw(() => fc.constantFrom<unknown[]>(3, 0, -4, 4.5, NaN, "4", null, undefined, 8)),
      raw(() => fc.constantFrom<unknown[]>(3, 0, -4, 4.5, NaN, "4", null, undefined, 8)),
    ],
    holds: (result) => shaped([2, 2, 4, 4], result),
  }),
  ofFunction({
    name: "nn.depthToSpace",
    call: layer((x: array.NDArray, block: number) => nn.depthToSpace(x, block)) as (
      ...args: unknown[]
    ) => Promise<HostArray>,
    valid: fc.tuple<unknown[]>(arrayOf([2, 4, 2, 2]), fc.constantFrom(1, 2)),
    wrong: [
      notTraced([2, 4, 4], [16]),
      raw(() => fc.constantFrom<unknown[]>(3, 0, -2, 1.5, NaN, "2", null, undefined, 4)),
    ],
    holds: ({ data }) => differs("the number of values", data.length, 32),
  }),
];

/** Layers and their first parameters. */
export const layerSubjects: Subject[] = [...initialisers, ...layers];
