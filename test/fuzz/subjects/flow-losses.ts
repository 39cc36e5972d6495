import fc from "fast-check";
import {
  add,
  constant,
  type HostArray,
  hostFull,
  mul,
  type NDArray,
  perSample,
  sum,
} from "../../../src/public/array.js";
import * as flow from "../../../src/public/flow.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import { notTraced, notTree, raw, traced } from "../traced.js";
import { array as arrayOf, differs, finite, notFunction, notNumber, notOneOf } from "../values.js";

type Call = (...args: unknown[]) => Promise<HostArray>;
const called = (call: unknown): Call => traced(call as (...args: never[]) => unknown) as Call;

const batch = [3, 2];
const x = arrayOf(batch);
const times = arrayOf([3], 0, 1);
const notBatch = notTraced([1, 2], [3, 1], [2], [4, 2], [3, 2, 1]);
const notTimes = notTraced([1], [], [4], [3, 1]);

/** u(x, r, t) = x / 2 + t. */
const network = (of: NDArray, _r: NDArray, t: NDArray): NDArray => add(mul(of, 0.5), perSample(t, of));
const field = (of: NDArray, t: NDArray): NDArray => network(of, t, t);
/** What is no network: no function, or one whose results are of other shapes or no arrays. */
const notNetwork: Wrong = (valid) =>
  fc.oneof(
    notFunction()(valid),
    fc.constantFrom<unknown[]>(
      () => undefined,
      () => 7,
      () => null,
      (of: NDArray) => sum(of),
      (of: NDArray) => sum(of, 1, true),
      () => hostFull(batch, 1),
      () => constant(hostFull([1, 2], 1)),
    ),
  );
const one =
  (...wrong: unknown[]): Wrong =>
  () =>
    fc.constantFrom(...wrong);
const notOptionsOf = (...more: unknown[]): Wrong =>
  raw(one(null, 7, "foo", { foo: 1 }, { shfit: 1 }, { seed: 1 }, { guidance: 7 }, { guidance: {} }, ...more));
const shaped = (result: HostArray, wanted: readonly number[]): string | undefined =>
  result.shape.join() === wanted.join() ? undefined : `the result is [${result.shape.join(", ")}]`;

const losses: Subject[] = [
  ofFunction({
    name: "flow.interpolate",
    call: called(flow.interpolate),
    valid: fc.tuple<unknown[]>(x, x, times),
    wrong: [notBatch, notBatch, notTimes],
    holds: ({ data }, from, to, t) => {
      const [a, b, at] = [from, to, t].map((given) => (given as HostArray).data[0]);
      return differs("the first number", data[0], (1 - at) * a + at * b, 1e-4, 1e-4);
    },
  }),
  ofFunction({
    name: "flow.velocity",
    call: called(flow.velocity),
    valid: fc.tuple<unknown[]>(x, x),
    wrong: [notBatch, notBatch],
    holds: ({ data }, from, to) =>
      differs("the first number", data[0], (to as HostArray).data[0] - (from as HostArray).data[0], 1e-4, 1e-4),
  }),
  ofFunction({
    name: "flow.stepFlowMap",
    call: called(flow.stepFlowMap),
    valid: fc.tuple<unknown[]>(fc.constant(network), x, times, times),
    wrong: [notNetwork, notTraced([1, 2], []), notTimes, notTimes],
  }),
  ofFunction({
    name: "flow.flowMatchingLoss",
    weight: 2,
    call: called(flow.flowMatchingLoss),
    valid: fc.tuple<unknown[]>(fc.constant(network), x, x, times, fc.constantFrom("sum", "mean")),
    wrong: [
      notNetwork,
      notBatch,
      notBatch,
      notTimes,
      notOneOf(["sum", "mean"], { optional: true }),
      raw(
        one(
          null,
          7,
          { label: 1 },
          { targetVelocity: 7 },
          { targetVelocity: () => 7 },
          { targetVelocity: ({ t }: { t: NDArray }) => t },
          { labels: 7 },
          { labels: [0, 1, 0] },
        ),
      ),
    ],
    holds: (result) =>
      shaped(result, [3]) ?? (result.data.every((loss) => loss >= 0) ? undefined : "a loss is below 0"),
  }),
  ofFunction({
    name: "flow.meanFlowLoss",
    weight: 2,
    call: called(flow.meanFlowLoss),
    valid: fc.tuple<unknown[]>(
      fc.constant(network),
      x,
      x,
      times,
      times,
      fc.record({ jumps: fc.constantFrom(0, 1, 3), tangent: fc.constantFrom("sample", "network") }),
    ),
    wrong: [
      notNetwork,
      notBatch,
      notBatch,
      notTimes,
      notTimes,
      raw(
        one(
          undefined,
          null,
          7,
          {},
          { jumps: -1 },
          { jumps: 1.5 },
          { jumps: NaN },
          { jumps: 4 },
          { jumps: "1" },
          { jumps: 1, blocks: 2 },
          { jumps: 1, blocks: 0 },
          { jumps: 1, reduction: "foo" },
          { jumps: 1, tangent: "foo" },
          { jumps: 1, composed: 7 },
          { jumps: 1, composed: () => 7 },
          { jumps: 1, targetVelocity: 7 },
          { jump: 1 },
          { jumps: 1, labels: 7 },
        ),
      ),
    ],
    holds: (result) =>
      shaped(result, [3]) ?? (result.data.every((loss) => loss >= 0) ? undefined : "a loss is below 0"),
  }),
  ofFunction({
    name: "flow.guidedVelocity",
    call: called(flow.guidedVelocity),
    valid: fc.tuple<unknown[]>(
      fc.constant({ labelled: network, unlabelled: network }),
      fc.record({ xt: x, t: times, v: x, keepsLabel: arrayOf([3], 0, 1) }),
      fc.record({ omega: finite(0, 2), interval: fc.constant([0, 0.5]) }),
    ),
    wrong: [
      raw(one(undefined, null, 7, {}, { labelled: network }, { labelled: () => 7, unlabelled: network })),
      notTree({ xt: notTraced([1, 2], [3, 1]), t: notTimes, v: notTraced([1, 2], [3, 1]), keepsLabel: notTimes }),
      raw(
        one(
          undefined,
          null,
          {},
          { omega: 1 },
          { omega: NaN, interval: [0, 1] },
          { omega: 1, interval: [1, 0] },
          { omega: 1, interval: 7 },
          { omega: "1", interval: [0, 1] },
        ),
      ),
    ],
    holds: (result, _networks, point) =>
      differs("the first number", result.data[0], (point as { v: HostArray }).v.data[0], 1e-4, 1e-4),
  }),
  ...(["adaptiveFactor", "adaptivelyWeighted"] as const).map((name) =>
    ofFunction({
      name: `flow.${name}`,
      call: called(flow[name]),
      valid: fc.tuple<unknown[]>(
        arrayOf([4], 0, 3),
        fc.record({ power: finite(0, 2), offset: fc.constant(0.01), per: fc.constantFrom("sample", "batch") }),
      ),
      wrong: [
        notTraced([], [4, 1]),
        raw(
          one(
            null,
            7,
            {},
            { power: 1 },
            { power: NaN, offset: 1, per: "batch" },
            { power: 1, offset: -1, per: "batch" },
            { power: 1, offset: 1, per: "foo" },
            { power: 1, offset: 1, per: "batch", by: 2 },
          ),
        ),
      ],
    }),
  ),
];

const samplers: Subject[] = [
  ...(["integrateEuler", "integrateHeun", "sampleFlowMap"] as const).map((name) => {
    const own = name === "sampleFlowMap" ? network : field;
    return ofFunction({
      name: `flow.${name}`,
      call: called(flow[name]),
      valid: fc.tuple<unknown[]>(
        fc.constant(own),
        x,
        fc.constantFrom(1, 2, 3),
        fc.constantFrom({}, { shift: 2 }, { guidance: { unconditional: own, scale: 2, interval: [0.2, 0.9] } }),
      ),
      wrong: [
        notNetwork,
        notTraced([]),
        raw(notNumber({ min: 1, whole: true })),
        notOptionsOf(
          { shift: 0 },
          { shift: NaN },
          { guidance: { unconditional: own, scale: NaN } },
          { guidance: { unconditional: own } },
          { guidance: { unconditional: own, scale: 1, interval: [1, 0] } },
          { guidance: { scale: 1 } },
        ),
      ],
      holds: (result) => shaped(result, batch),
    });
  }),
  ...(["sampleRestart", "sampleGamma", "integrateEulerMaruyama"] as const).map((name) => {
    const own = name === "integrateEulerMaruyama" ? field : network;
    const gamma = name === "sampleGamma";
    return ofFunction({
      name: `flow.${name}`,
      call: called(flow[name]),
      valid: fc.tuple<unknown[]>(
        fc.constant(own),
        x,
        fc.array(x, { maxLength: 2 }),
        ...(gamma ? [finite(0, 1)] : []),
        fc.constant({}),
      ),
      wrong: [
        notNetwork,
        notTraced([]),
        (valid) =>
          fc.oneof(
            raw(one(undefined, null, 7, "foo", {}, [7], [undefined], ["foo"]))(valid),
            notBatch(undefined).map((noise) => [noise]),
          ),
        ...(gamma ? [raw(notNumber({ min: 0, max: 1 }))] : []),
        notOptionsOf({ renoising: "foo" }, { last: 2 }, { shift: -1 }),
      ],
      holds: (result) => shaped(result, batch),
    });
  }),
  ofFunction({
    name: "flow.reverseTime",
    call: (given: typeof network) => flow.reverseTime(given),
    finite: false,
    valid: fc.tuple(fc.constant(network)),
    wrong: [notFunction()],
  }),
  ofFunction({
    name: "flow.reverseVelocityTime",
    call: (given: typeof field) => flow.reverseVelocityTime(given),
    finite: false,
    valid: fc.tuple(fc.constant(field)),
    wrong: [notFunction()],
  }),
];

/** Losses and samplers of flows, on traced arrays. */
export const flowLossSubjects: Subject[] = [...losses, ...samplers];
