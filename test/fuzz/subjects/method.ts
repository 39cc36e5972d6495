import fc from "fast-check";
import { hostFull, randomSource, sizeOf } from "../../../src/public/array.js";
import * as baselines from "../../../src/public/baselines.js";
import { compile, compileCache, type Compiled, toOnnx } from "../../../src/public/compile.js";
import * as data from "../../../src/public/data.js";
import * as flow from "../../../src/public/flow.js";
import * as models from "../../../src/public/models.js";
import * as operators from "../../../src/public/operators.js";
import { flowMatching, fromArrays, joint, train } from "../../../src/public/train.js";
import { annealedTau, samplePosterior, samplePrior } from "../../../src/public/vfm.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import {
  array,
  differs,
  finite,
  integer,
  notBoolean,
  notFunction,
  notHostArray,
  notNumber,
  notNumbersList,
  notObject,
  notOneOf,
  notOptions,
  notRecord,
  notShape,
  notText,
  positive,
} from "../values.js";

const count = notNumber({ min: 1, whole: true });
const optionalCount = notNumber({ min: 1, whole: true, optional: true });
const seed = notNumber({ min: 0, whole: true });
const engineRules = { backend: notOneOf(["onnx", "jax"], { optional: true }), threads: optionalCount };
const operator = operators.identity();
const denoise = operators.imageProblem("denoise", { sigma: 0.5 });
const blur = operators.imageProblem("super-resolution", { sigma: 0.1 });
const images = array([2, 1, 8, 8], -1, 1);
const odd: Wrong = notObject();
const pairOf =
  (low: number, high: number): Wrong =>
  () =>
    fc.constantFrom<unknown[]>(
      null,
      "12",
      7,
      NaN,
      {},
      [low],
      [low, high, high],
      [low - 1, high],
      [low, NaN],
      [low, Infinity],
      ["0", "1"],
      [high, low - 2],
    );

const making: Subject[] = [
  ofFunction({
    name: "operators.boxInpainting",
    call: operators.boxInpainting,
    valid: fc.tuple(fc.record({ margin: integer(0, 3) })),
    wrong: [
      notOptions({
        sides: pairOf(0, 4),
        margin: notNumber({ min: 0, whole: true, optional: true }),
        holes: notOneOf(["zero", "noise"], { optional: true }),
      }),
    ],
  }),
  ofFunction({
    name: "operators.randomInpainting",
    call: operators.randomInpainting,
    valid: fc.tuple(fc.record({ holes: fc.constantFrom("zero" as const, "noise" as const) })),
    wrong: [notOptions({ dropRate: pairOf(0, 1), holes: notOneOf(["zero", "noise"], { optional: true }) })],
  }),
  ofFunction({
    name: "operators.motionBlur",
    call: operators.motionBlur,
    valid: fc.tuple(fc.record({ intensity: finite(0, 1) })),
    wrong: [
      notOptions({
        taps: notNumber({ min: 1, max: 4095, whole: true, optional: true }),
        intensity: notNumber({ min: 0, max: 1, optional: true }),
      }),
    ],
  }),
  ofFunction({
    name: "operators.gaussianBlur",
    call: operators.gaussianBlur,
    valid: fc.tuple(fc.record({ std: positive(5) })),
    wrong: [
      notOptions({
        taps: notNumber({ min: 1, max: 4095, whole: true, optional: true }),
        std: notNumber({ above: 0, max: 1000, optional: true }),
      }),
    ],
  }),
  ofFunction({
    name: "operators.superResolution",
    call: operators.superResolution,
    valid: fc.tuple(fc.record({ factor: integer(1, 4) })),
    wrong: [notOptions({ factor: optionalCount })],
  }),
  ofFunction({
    name: "operators.highDynamicRange",
    call: operators.highDynamicRange,
    valid: fc.tuple(fc.record({ scale: positive(5) })),
    wrong: [notOptions({ scale: notNumber({ above: 0, optional: true }) })],
  }),
  ofFunction({
    name: "operators.phaseRetrieval",
    call: operators.phaseRetrieval,
    valid: fc.tuple(fc.record({ oversample: finite(0, 5) })),
    wrong: [notOptions({ oversample: notNumber({ min: 0, max: 64, optional: true }) })],
  }),
  ofFunction({
    name: "operators.gaussianNoise",
    call: operators.gaussianNoise,
    valid: fc.tuple(fc.constant(operator), positive()),
    wrong: [odd, notNumber({ above: 0 })],
  }),
  ofFunction({
    name: "operators.laplaceNoise",
    call: operators.laplaceNoise,
    valid: fc.tuple(fc.constant(operator), positive()),
    wrong: [odd, notNumber({ above: 0 })],
  }),
  ofFunction({
    name: "operators.imageProblem",
    call: operators.imageProblem,
    valid: fc.tuple(fc.constantFrom(...operators.problemNames), fc.record({ sigma: positive() })),
    wrong: [
      notOneOf(operators.problemNames),
      notOptions({ sigma: notNumber({ above: 0 }), range: pairOf(-1, 1) }, { required: ["sigma"] }),
    ],
  }),
  ofFunction({
    name: "operators.problem",
    call: operators.problem,
    valid: fc.tuple(
      fc.constant("mine"),
      fc.constant(operators.gaussianNoise(operator, 0.1)),
      fc.record({ class: integer(0, 5) }),
    ),
    wrong: [
      notText(),
      odd,
      notOptions({ class: notNumber({ min: 0, whole: true, optional: true }), range: pairOf(-1, 1) }),
    ],
  }),
  ofFunction({
    name: "operators.operator",
    call: operators.operator,
    valid: fc.tuple(fc.constant({ name: "mine", forward: operator.forward })),
    wrong: [
      notOptions(
        {
          name: notText({ optional: true }),
          forward: notFunction(),
          transpose: notFunction({ optional: true }),
          draw: notFunction({ optional: true }),
          shiftInvariant: notBoolean,
          observedMask: notText({ optional: true }),
        },
        { required: ["forward"] },
      ),
    ],
  }),
  ofFunction({
    name: "operators.masking",
    call: operators.masking,
    valid: fc.tuple(
      fc.constant("mask"),
      fc.constant(() => undefined),
      fc.record({ holes: fc.constantFrom("zero" as const, "noise" as const) }),
    ),
    wrong: [notText(), notFunction(), notOptions({ holes: notOneOf(["zero", "noise"], { optional: true }) })],
  }),
  ofFunction({
    name: "data.imageGrid",
    call: data.imageGrid,
    valid: fc.tuple(array([3, 1, 2, 2]), fc.record({ columns: integer(1, 4), gap: integer(0, 3) })),
    wrong: [
      notHostArray({ values: false, shapes: [[3, 4], [12]] }),
      notOptions({ columns: optionalCount, gap: notNumber({ min: 0, whole: true, optional: true }) }),
    ],
    holds: ({ shape: [, , width] }, _images, { columns, gap }) =>
      differs("the width", width, columns * (2 + gap) - gap),
  }),
  ofFunction({
    name: "data.drawCheckerboard",
    call: data.drawCheckerboard,
    valid: fc.tuple(
      integer(1, 30),
      integer(0, 99).map((n) => randomSource(n)),
    ),
    wrong: [notNumber({ min: 0, whole: true }), odd],
    holds: (points, n) =>
      Array.from({ length: n }, (_, i) => data.isOnCheckerboard(points.data[2 * i], points.data[2 * i + 1])).every(
        Boolean,
      )
        ? undefined
        : "a point is off the board",
  }),
  ofFunction({
    name: "data.drawCheckerboardPosterior",
    call: data.drawCheckerboardPosterior,
    valid: fc.tuple(
      finite(-2, 2),
      finite(0.05, 1),
      integer(1, 10),
      integer(0, 99).map((n) => randomSource(n)),
    ),
    wrong: [notNumber(), notNumber({ above: 0 }), count, odd],
  }),
  ofFunction({
    name: "data.imageSize",
    call: data.imageSize,
    valid: fc.tuple(fc.record({ channels: integer(1, 3), height: integer(1, 9), width: integer(1, 9) })),
    wrong: [notRecord({ channels: count, height: count, width: count })],
    holds: (size, { channels, height, width }) => differs("the size", size, channels * height * width),
  }),
  ofFunction({
    name: "flow.timeGrid",
    call: flow.timeGrid,
    valid: fc.tuple(integer(1, 20), positive(5)),
    wrong: [count, notNumber({ above: 0, optional: true })],
    holds: (times, steps) =>
      times.length === steps + 1 &&
      times[0] === 1 &&
      times[steps] === 0 &&
      times.every((t, k) => k === 0 || t < times[k - 1])
        ? undefined
        : "the times are not in order",
  }),
  ofFunction({
    name: "flow.stochasticTimeGrid",
    call: flow.stochasticTimeGrid,
    valid: fc.tuple(integer(1, 20), finite(0.01, 0.9)),
    wrong: [count, notNumber({ above: 0, below: 1, optional: true })],
  }),
  ofFunction({
    name: "flow.drawTimes",
    call: flow.drawTimes,
    valid: fc.tuple(
      fc.record({
        size: fc.constant(4),
        blocks: integer(1, 2),
        jumps: integer(0, 4),
        wholeJumps: fc.constant(0),
        timeLaw: fc.constant({ kind: "uniform" as const }),
        jumpLaw: fc.constant({ kind: "uniform" as const }),
      }),
      integer(0, 99).map((n) => randomSource(n)),
    ),
    wrong: [
      notOptions(
        {
          size: count,
          blocks: count,
          jumps: notNumber({ min: 0, whole: true, max: 4 }),
          wholeJumps: notNumber({ min: 0, whole: true, max: 4 }),
          timeLaw: () =>
            fc.constantFrom<unknown[]>(
              null,
              "uniform",
              {},
              { kind: "foo" },
              { kind: "logit-normal", mean: NaN, deviation: 1 },
              7,
            ),
          jumpLaw: () =>
            fc.constantFrom<unknown[]>(
              null,
              "uniform",
              {},
              { kind: "foo" },
              { kind: "logit-normal", means: [0], deviation: 1 },
              7,
            ),
        },
        { required: ["size", "blocks", "jumps", "wholeJumps", "timeLaw", "jumpLaw"] },
      ),
      odd,
    ],
    holds: ({ r, t }) =>
      r.data.every((value, i) => value >= 0 && value <= t.data[i] && t.data[i] <= 1) ? undefined : "r is after t",
  }),
  ofFunction({
    name: "vfm.annealedTau",
    call: annealedTau,
    valid: fc.tuple(fc.record({ start: positive(), end: positive() }), integer(0, 9), integer(10, 20)),
    wrong: [
      notRecord({ start: notNumber({ min: 0 }), end: notNumber({ min: 0 }) }),
      notNumber({ min: 0 }),
      notNumber({ min: 0 }),
    ],
    holds: (tau, { start, end }) =>
      tau >= Math.min(start, end) - 1e-9 && tau <= Math.max(start, end) + 1e-9 ? undefined : `tau is ${tau}`,
  }),
  ofFunction({
    name: "compile.compileCache",
    call: compileCache,
    finite: false,
    valid: fc.tuple(fc.record({ entries: integer(1, 4) })),
    wrong: [notOptions({ entries: optionalCount, bytes: notNumber({ min: 0, optional: true }) })],
  }),
  ofFunction({
    name: "compile.compile",
    weight: 2,
    finite: false,
    call: async (fn: () => unknown, examples: readonly unknown[], options: object) => {
      const compiled = await compile(fn as never, examples as never, options);
      // The jax engine sees what the function returns when it first runs.
      await (compiled as Compiled<[unknown], unknown>).run(hostFull([2], 0.5)).finally(() => compiled.dispose());
    },
    valid: fc.tuple(
      fc.constant(((x: unknown) => x) as () => unknown),
      fc.constant([{ shape: [2], type: "float32" }]),
      fc.record({ backend: fc.constantFrom("jax" as const, "onnx" as const), threads: fc.constant(1) }),
    ),
    wrong: [
      () =>
        fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          "foo",
          {},
          () => 1,
          () => undefined,
          () => null,
          () => "foo",
          () => [7],
        ),
      () =>
        fc.constantFrom<unknown[]>(
          undefined,
          null,
          7,
          "foo",
          [7],
          [null],
          [undefined],
          [{ shape: [-1], type: "float32" }],
          [{ shape: [1.5], type: "float32" }],
          [{ shape: "2", type: "float32" }],
          [{ shape: [2], type: "float64" }],
          [{ shape: [2 ** 40], type: "float32" }],
          [{ shape: [0], type: "float32" }],
        ),
      notOptions({
        ...engineRules,
        device: notOneOf(["cpu"], { optional: true }),
        replicas: optionalCount,
        reuseOutputs: notBoolean,
      }),
    ],
  }),
  ofFunction({
    name: "compile.toOnnx",
    call: (names: object) => toOnnx((x) => x, [{ shape: [2], type: "float32" }], names),
    valid: fc.tuple(fc.constant({ inputNames: ["x"], outputNames: ["y"] })),
    wrong: [
      notOptions({
        inputNames: () => fc.constantFrom<unknown[]>(null, "x", 7, [], [7], ["x", "y"], [""], {}),
        outputNames: () => fc.constantFrom<unknown[]>(null, "x", 7, [], [7], ["x", "y"], [""], {}),
      }),
    ],
  }),
  ofFunction({
    name: "baselines.samplerEngine",
    call: baselines.samplerEngine,
    finite: false,
    valid: fc.tuple(fc.record({ batchSize: integer(1, 9) })),
    wrong: [notOptions({ batchSize: optionalCount, replicas: optionalCount, ...engineRules })],
  }),
];

const networks: Subject[] = [
  ["mlp", models.mlp, { shape: [2], width: 4, depth: 1 }],
  ["residualMlp", models.residualMlp, { shape: [1, 4, 4], width: 4, depth: 1, embedding: 4 }],
  ["unet", models.unet, { shape: [1, 8, 8], channels: 4, groups: 2, embedding: 4 }],
  ["mlpAdapter", models.mlpAdapter, { shape: [2], observationShape: [2], width: 4, depth: 1, problems: 1 }],
].map(([name, make, settings]) =>
  ofFunction({
    name: `models.${name as string}`,
    call: make as (settings: object) => models.FlowMapNetwork,
    valid: fc.tuple(fc.constant(settings as object)),
    wrong: [
      notOptions(
        {
          shape: notShape(),
          ...("width" in (settings as object) && { width: optionalCount, depth: optionalCount }),
        },
        { required: ["shape"] },
      ),
    ],
  }),
);

const shape = [1, 8, 8];
const flowMap = models.residualMlp({ shape, depth: 1, width: 4, embedding: 4 });
const adapter = models.residualMlpAdapter({ shape, depth: 1, width: 4, problems: 2 });
const model = models.variationalFlowMap(
  { flowMap, adapter },
  { flowMap: flowMap.initialise(randomSource(0)), adapter: adapter.initialise(randomSource(1)) },
  { problems: [denoise], source: "fuzz" },
);
const sampleRules = {
  samples: count,
  seed,
  steps: optionalCount,
  batchSize: optionalCount,
  sampler: notOneOf(["euler", "restart", "ctm"], { optional: true }),
  gamma: (() => fc.constantFrom<unknown[]>(0.5, NaN, -1, "0.5", {}, null, Symbol("s"))) as Wrong,
  guidance: (() =>
    fc.constantFrom<unknown[]>(
      { scale: 2 },
      null,
      7,
      "2",
      [],
      {},
      { scale: NaN },
      { scale: 1, interval: 7 },
      { scale: 1, interval: [1, 0] },
    )) as Wrong,
  label: (() =>
    fc.constantFrom<unknown[]>(0, -1, 1.5, "0", NaN, null, {}, Int32Array.of(0), [0], Symbol("s"))) as Wrong,
  ...engineRules,
};
const observed = operators.observe(denoise, hostFull([2, ...shape], 0.5), { seed: 1, backend: "jax" });
const run = {
  data: fromArrays(hostFull([6, 2], 0.5)),
  flowMap: models.mlp({ shape: [2], width: 4, depth: 1 }),
  stages: [flowMatching({ steps: 1, batchSize: 2, learningRate: 1e-3 })],
  seed: 0,
};
const inMemory = (given: object, options: object): Promise<unknown> => train(given as never, options);

const sampling: Subject[] = [
  ofFunction({
    name: "operators.observe",
    weight: 2,
    call: operators.observe,
    valid: fc.tuple(
      fc.constantFrom(denoise, blur),
      images,
      fc.record({ seed: integer(0, 9), backend: fc.constant("jax" as const) }),
    ),
    wrong: [
      odd,
      notHostArray({ shapes: [[8], [0, 1, 8, 8]] }),
      notOptions({ seed, ...engineRules }, { required: ["seed"] }),
    ],
    holds: ({ y, transposed }) =>
      transposed.shape.join() === "2,1,8,8" && y.shape[0] === 2 ? undefined : "it has another shape",
  }),
  ofFunction({
    name: "operators.observationOf",
    call: operators.observationOf,
    valid: fc.tuple(fc.constant(denoise), images, fc.constant({ image: shape, backend: "jax" as const })),
    wrong: [
      odd,
      notHostArray({ shapes: [[8], [2, 1, 4, 4]] }),
      notOptions(
        {
          image: () => fc.constantFrom<unknown[]>(null, "188", 7, [1, 8], [1, 8, 9], [NaN, 8, 8], {}, [-1, 8, 8]),
          parameters: () => fc.constantFrom<unknown[]>(null, 7, "foo", { mask: hostFull([1], 1) }, { foo: null }, []),
          ...engineRules,
        },
        { required: ["image"] },
      ),
    ],
  }),
  ofFunction({
    name: "operators.observationRows",
    call: async (rows: number[]) => (await observed, operators.observationRows(await observed, rows)),
    finite: false,
    valid: fc.tuple(fc.array(integer(0, 1), { minLength: 1, maxLength: 3 })),
    wrong: [() => fc.constantFrom<unknown[]>(undefined, null, 7, "0", {}, [2], [-1], [0.5], ["0"], [NaN])],
  }),
  ofFunction({
    name: "vfm.samplePosterior",
    weight: 3,
    call: async (given: typeof model, options: object) => samplePosterior(given, await observed, options as never),
    valid: fc.tuple(
      fc.constant(model),
      fc.record({ samples: integer(1, 3), seed: integer(0, 9), backend: fc.constant("jax" as const) }),
    ),
    wrong: [
      odd,
      notOptions(
        { ...sampleRules, update: notBoolean, temperature: notNumber({ min: 0, optional: true }) },
        { required: ["samples", "seed"] },
      ),
    ],
    holds: ({ samples }, _model, options) =>
      samples.shape.join() === `2,${(options as { samples: number }).samples},1,8,8` &&
      samples.data.length === sizeOf(samples.shape)
        ? undefined
        : `the samples are [${samples.shape.join(", ")}]`,
  }),
  ofFunction({
    name: "vfm.samplePrior",
    weight: 2,
    call: samplePrior,
    valid: fc.tuple(
      fc.constant(model),
      fc.record({ samples: integer(1, 4), seed: integer(0, 9), backend: fc.constant("jax" as const) }),
    ),
    wrong: [odd, notOptions(sampleRules, { required: ["samples", "seed"] })],
  }),
  ofFunction({
    name: "train.fromArrays",
    call: fromArrays,
    valid: fc.tuple(array([4, 2]), fc.constant({ labels: [0, 1, 0, 1] })),
    wrong: [
      notHostArray({ shapes: [[4], [0, 2]] }),
      notOptions({ labels: notNumbersList({ shorter: true, optional: true }) }),
    ],
  }),
  ofFunction({
    name: "train.flowMatching",
    call: flowMatching,
    valid: fc.tuple(fc.constant({ steps: 3, batchSize: 2, learningRate: 1e-3 })),
    wrong: [
      notOptions(
        { steps: count, batchSize: optionalCount, learningRate: notNumber({ min: 0, optional: true }) },
        { required: ["steps"] },
      ),
    ],
  }),
  ofFunction({
    name: "train.joint",
    call: joint,
    valid: fc.tuple(fc.constant({ steps: 3, batchSize: 2, alpha: 0.5 })),
    wrong: [
      notOptions(
        { steps: count, batchSize: optionalCount, alpha: notNumber({ min: 0, max: 1, optional: true }) },
        { required: ["steps"] },
      ),
    ],
  }),
  ofFunction({
    name: "train.train",
    weight: 2,
    finite: false,
    call: inMemory,
    valid: fc.tuple(fc.constant(run as object), fc.constant({ backend: "jax" })),
    wrong: [
      notOptions(
        {
          data: odd,
          flowMap: () =>
            fc.constantFrom<unknown[]>(
              null,
              7,
              "mlp",
              {},
              { shape: [2] },
              { shape: [3], apply: () => 1, initialise: () => ({}) },
            ),
          stages: () =>
            fc.constantFrom<unknown[]>(undefined, null, [], {}, "foo", [null], [{}], [{ kind: "foo", steps: 1 }], [7]),
          seed,
          problems: () => fc.constantFrom<unknown[]>(null, 7, "denoise", [null], [{}], [denoise, denoise]),
        },
        { required: ["data", "flowMap", "stages", "seed"] },
      ),
      notOptions({
        ...engineRules,
        onProgress: notFunction({ optional: true }),
        resume: notBoolean,
        out: notText({ optional: true }),
      }),
    ],
  }),
  ...baselines.guidedMethods.map((method) =>
    ofFunction({
      name: `baselines.${method.name}`,
      call: (settings: baselines.Settings) => method.create(model, settings, baselines.samplerEngine()),
      finite: false,
      valid: fc.tuple(fc.constant(method.published)),
      wrong: [
        notOptions(
          Object.fromEntries(
            Object.keys(method.published).map((name) => [name, name === "steps" ? count : notNumber()]),
          ),
          { required: Object.keys(method.published) },
        ),
      ],
    }),
  ),
];

/** Everything but arrays, metrics, files and commands: operators, flows, networks, samplers, training. */
export const methodSubjects: Subject[] = [...making, ...networks, ...sampling];
