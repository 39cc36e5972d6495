import fc from "fast-check";
import { hostArray, type HostArray, hostFull, randomSource, sizeOf } from "../../../src/public/array.js";
import * as baselines from "../../../src/public/baselines.js";
import * as models from "../../../src/public/models.js";
import * as operators from "../../../src/public/operators.js";
import { samplePosterior, samplePrior } from "../../../src/public/vfm.js";
import { count, odd, optionalCount, seed, engineRules } from "../option-rules.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import { array, integer, notBoolean, notFunction, notHostArray, notNumber, notOneOf, notOptions } from "../values.js";

const denoise = operators.imageProblem("denoise", { sigma: 0.5 });
const blur = operators.imageProblem("super-resolution", { sigma: 0.1 });
const images = array([2, 1, 8, 8], -1, 1);

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
  onBatch: notFunction({ optional: true }),
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

/** The observation, changed in some way. */
class Changed {
  constructor(
    readonly how: string,
    readonly change: (observation: operators.Observation) => unknown,
  ) {}
}
const [another, blurred] = [
  operators.imageProblem("denoise", { sigma: 0.1 }),
  operators.problem("denoise", operators.gaussianNoise(operators.gaussianBlur(), 0.5)),
];
const spoilt = (array: HostArray): HostArray => hostArray(Float32Array.from(array.data).with(3, NaN), array.shape);
const notObservation: Wrong = () =>
  fc.constantFrom<unknown[]>(
    ...[undefined, null, 7, "foo", {}, [], () => 1],
    new Changed("of another noise", (observation) => ({ ...observation, problem: another })),
    new Changed("of another operator", (observation) => ({ ...observation, problem: blurred })),
    new Changed("of an unknown problem", (observation) => ({ ...observation, problem: blur })),
    new Changed("of no problem", (observation) => ({ ...observation, problem: undefined })),
    new Changed("NaN in A^T y", (given) => ({ ...given, transposed: spoilt(given.transposed) })),
    new Changed("NaN in y", (observation) => ({ ...observation, y: spoilt(observation.y) })),
    new Changed("A^T y of another size", (given) => ({ ...given, transposed: hostFull([2, 1, 4, 4], 0) })),
    new Changed("no A^T y", (observation) => ({ ...observation, transposed: undefined })),
    new Changed("y of another size", (observation) => ({ ...observation, y: hostFull([2, 1, 4, 4], 0) })),
    new Changed("y of one", (observation) => ({ ...observation, y: hostFull([1, 1, 8, 8], 0) })),
    new Changed("of none", (given) => ({
      ...given,
      transposed: hostFull([0, 1, 8, 8], 0),
      y: hostFull([0, 1, 8, 8], 0),
    })),
  );

/** Observations, samplers and guided samplers. */
export const samplingSubjects: Subject[] = [
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
    call: async (given: typeof model, of: unknown, options: object) =>
      samplePosterior(given, (of instanceof Changed ? of.change(await observed) : of) as never, options as never),
    valid: fc.tuple(
      fc.constant(model),
      fc.constant<unknown>(new Changed("itself", (observation) => observation)),
      fc.record({ samples: integer(1, 3), seed: integer(0, 9), backend: fc.constant("jax" as const) }),
    ),
    wrong: [
      odd,
      notObservation,
      notOptions(
        { ...sampleRules, update: notBoolean, temperature: notNumber({ min: 0, optional: true }) },
        { required: ["samples", "seed"] },
      ),
    ],
    holds: ({ samples }, _model, _observation, options) =>
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
  ...baselines.guidedMethods.map((method) =>
    ofFunction({
      name: `baselines.${method.name}`,
      call: (settings: baselines.Settings) => method.create(model, settings, baselines.samplerEngine()),
      finite: false,
      valid: fc.tuple(fc.constant(method.initial)),
      wrong: [
        notOptions(
          Object.fromEntries(Object.keys(method.initial).map((name) => [name, name === "steps" ? count : notNumber()])),
          { required: Object.keys(method.initial) },
        ),
      ],
    }),
  ),
];
