import fc from "fast-check";
import { hostFull } from "../../../src/public/array.js";
import * as models from "../../../src/public/models.js";
import * as operators from "../../../src/public/operators.js";
import { flowMatching, fromArrays, joint, train } from "../../../src/public/train.js";
import { count, odd, optionalCount, seed, engineRules } from "../option-rules.js";
import { ofFunction, type Subject } from "../subject.js";
import {
  array,
  notBoolean,
  notFunction,
  notHostArray,
  notNumber,
  notNumbersList,
  notOptions,
  notText,
} from "../values.js";

const denoise = operators.imageProblem("denoise", { sigma: 0.5 });
const run = {
  data: fromArrays(hostFull([6, 2], 0.5)),
  flowMap: models.mlp({ shape: [2], width: 4, depth: 1 }),
  stages: [flowMatching({ steps: 1, batchSize: 2, learningRate: 1e-3 })],
  seed: 0,
};
const inMemory = (given: object, options: object): Promise<unknown> => train(given as never, options);

/** Training, its data and its stages. */
export const trainingSubjects: Subject[] = [
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
];
