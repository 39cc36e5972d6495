import fc from "fast-check";
import {
  type HostArray,
  hostFull,
  mul,
  type NDArray,
  sub,
  square,
  sum,
  sumPerSample,
} from "../../../src/public/array.js";
import * as vfm from "../../../src/public/vfm.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import { notTraced, notTree, raw, traced } from "../traced.js";
import { array as arrayOf, differs, notFunction, notNumber, notOneOf } from "../values.js";

type Call = (...args: unknown[]) => Promise<HostArray>;
const called = (call: unknown): Call => traced(call as (...args: never[]) => unknown) as Call;
const one =
  (...wrong: unknown[]): Wrong =>
  () =>
    fc.constantFrom(...wrong);

const x = arrayOf([4, 2]);
const notBatch = notTraced([1, 2], [4, 1], [2], [5, 2], [4, 2, 1]);
const classes = fc.constant({ shape: [4], data: Int32Array.of(0, 0, 1, 1) });
const notClasses = notTraced([1], [], [4, 1], [5]);
const distribution = fc.record({ mean: x, logSigma: x });
const notDistribution = notTree({ mean: notBatch, logSigma: notBatch });

/** u(x, r, t) = x / 2. */
const meanVelocity = (of: NDArray): NDArray => mul(of, 0.5);
const adapter = (aty: NDArray): vfm.NoiseDistribution => ({ mean: mul(aty, 0.5), logSigma: sub(mul(aty, 0), 1) });
const misfit = (of: NDArray): NDArray => sumPerSample(square(of));
const networks = { meanVelocity, observationMeanVelocity: meanVelocity, adapter };
const broken: readonly object[] = [
  { meanVelocity: 7 },
  { observationMeanVelocity: () => 7 },
  { observationMeanVelocity: (of: NDArray) => sum(of) },
  { adapter: undefined },
  { adapter: () => undefined },
  { adapter: (aty: NDArray) => ({ mean: aty }) },
  { adapter: (aty: NDArray) => ({ mean: sum(aty), logSigma: sum(aty) }) },
  { adapter: (aty: NDArray) => ({ mean: aty, logSigma: 0 }) },
];
const notNetworks = raw(one(undefined, null, 7, {}, ...broken.map((wrong) => ({ ...networks, ...wrong }))));
const notMisfit: Wrong = (valid) =>
  fc.oneof(
    notFunction()(valid),
    fc.constantFrom<unknown[]>(
      () => 7,
      () => undefined,
      (of: NDArray) => of,
      (of: NDArray) => sum(of),
      () => hostFull([4], 1),
    ),
  );

const settings = { reduction: "mean", observationWeight: 1, klWeight: 1, observationSteps: 1 } as const;
const score = { draws: 2, pixelWeight: 1, energyWeight: 1, priorWeight: 0 };
const wrongTerms: readonly object[] = [
  { reduction: "foo" },
  { reduction: undefined },
  { observationWeight: NaN },
  { observationWeight: -1 },
  { klWeight: "1" },
  { klWeight: undefined },
  { aggregateWeight: Infinity },
  { observationSteps: 0 },
  { observationSteps: 1.5 },
  { blocks: 0 },
  { blocks: 3, aggregateWeight: 1 },
  { score: 7 },
  { score: { draws: 1 } },
  { score: { ...score, draws: 1 } },
  { score: { ...score, pixelWeight: NaN } },
  { score: { ...score, pixel: 1 } },
  { observedSize: 0 },
  { weight: 1 },
];
const notSettings = (valid: object, more: readonly object[] = []): Wrong =>
  raw(one(undefined, null, 7, "foo", {}, ...[...wrongTerms, ...more].map((wrong) => ({ ...valid, ...wrong }))));
const jointSettings = { ...settings, alpha: 0.5, detachNoise: false, jumps: 2 };

/** The adapter's noise, its scores and the objectives, on traced arrays. */
export const objectiveSubjects: Subject[] = [
  ofFunction({
    name: "vfm.drawNoise",
    call: called(vfm.drawNoise),
    valid: fc.tuple<unknown[]>(distribution, x),
    wrong: [notDistribution, notBatch],
    holds: ({ data }, q, eps) => {
      const { mean, logSigma } = q as { mean: HostArray; logSigma: HostArray };
      const wanted = mean.data[0] + Math.exp(logSigma.data[0]) * (eps as HostArray).data[0];
      return differs("the first number", data[0], wanted, 1e-4, 1e-4);
    },
  }),
  ofFunction({
    name: "vfm.logDensity",
    call: called(vfm.logDensity),
    valid: fc.tuple<unknown[]>(distribution, x),
    wrong: [notDistribution, notBatch],
  }),
  ofFunction({
    name: "vfm.klToStandardNormal",
    call: called(vfm.klToStandardNormal),
    valid: fc.tuple<unknown[]>(distribution, fc.constantFrom("sum", "mean")),
    wrong: [notDistribution, notOneOf(["sum", "mean"])],
    holds: ({ data }) => (data.every((value) => value >= -1e-5) ? undefined : "a divergence is below 0"),
  }),
  ...(["pixelScore", "energyScore"] as const).map((name) =>
    ofFunction({
      name: `vfm.${name}`,
      call: called(vfm[name]),
      valid: fc.tuple<unknown[]>(arrayOf([3, 4, 2]), x),
      wrong: [notTraced([1, 4, 2], [4, 2], [3, 1, 2], [3, 4]), notTraced([1, 2], [4, 1], [2], [3, 4, 2])],
    }),
  ),
  ofFunction({
    name: "vfm.batchEnergyScore",
    call: called(vfm.batchEnergyScore),
    valid: fc.tuple<unknown[]>(x, x),
    wrong: [notBatch, notBatch],
  }),
  ofFunction({
    name: "vfm.posteriorSample",
    call: called(vfm.posteriorSample),
    valid: fc.tuple<unknown[]>(fc.constant(networks), x, classes, x, fc.constantFrom(1, 2)),
    wrong: [
      raw(
        one(
          ...[undefined, null, 7, {}],
          { ...networks, meanVelocity: () => 7 },
          { ...networks, adapter: 7 },
          { ...networks, adapter: () => ({}) },
        ),
      ),
      notTraced([3, 2], [1, 2], []),
      notClasses,
      notTraced([1, 2], [4, 1], []),
      raw(notNumber({ min: 1, whole: true, optional: true })),
    ],
    holds: ({ shape }) => (shape.join() === "4,2" ? undefined : "it has another shape"),
  }),
  ofFunction({
    name: "vfm.adapterObjective",
    weight: 2,
    call: called((...args: Parameters<typeof vfm.adapterObjective>) => vfm.adapterObjective(...args)[0]),
    valid: fc.tuple<unknown[]>(
      fc.constant(networks),
      fc.record({ x, aty: x, problem: classes, eps: x, furtherEps: x }),
      fc.constant(misfit),
      fc.constantFrom(settings, { ...settings, score }, { ...settings, blocks: 2, aggregateWeight: 0.1 }),
    ),
    wrong: [
      raw(one(undefined, null, 7, {}, ...broken.slice(1).map((wrong) => ({ ...networks, ...wrong })))),
      notTree({ x: notBatch, aty: notTraced([1, 2], []), problem: notClasses, eps: notBatch }, {}),
      notMisfit,
      notSettings(settings),
    ],
  }),
  ofFunction({
    name: "vfm.jointObjective",
    weight: 2,
    call: called((...args: Parameters<typeof vfm.jointObjective>) => vfm.jointObjective(...args)[0]),
    valid: fc.tuple<unknown[]>(
      fc.constant(networks),
      fc.record({
        x,
        aty: x,
        problem: classes,
        eps: x,
        furtherEps: x,
        freshNoise: x,
        uniform: arrayOf([4], 0, 1),
        r: arrayOf([4], 0, 0.4),
        t: arrayOf([4], 0.5, 1),
        tau: arrayOf([], 0.5, 1),
      }),
      fc.constant(misfit),
      fc.constantFrom(
        jointSettings,
        { ...jointSettings, score: { ...score, priorWeight: 1 } },
        { ...jointSettings, totalAdaptiveWeight: { power: 1, offset: 1, per: "batch" } },
      ),
    ),
    wrong: [
      notNetworks,
      notTree({
        x: notBatch,
        aty: notTraced([1, 2], []),
        problem: notClasses,
        eps: notBatch,
        freshNoise: notBatch,
        uniform: notClasses,
        r: notClasses,
        t: notClasses,
        tau: notTraced([4], [1]),
      }),
      notMisfit,
      notSettings(jointSettings, [
        { alpha: 1.5 },
        { alpha: NaN },
        { alpha: undefined },
        { detachNoise: 1 },
        { jumps: -1 },
        { jumps: 5 },
        { jumps: undefined },
        { tangent: "foo" },
        { adaptiveWeight: 7 },
        { totalAdaptiveWeight: { power: NaN, offset: 1, per: "batch" } },
        { targetVelocity: 7 },
      ]),
    ],
  }),
];
