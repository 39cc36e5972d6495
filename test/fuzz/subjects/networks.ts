import fc from "fast-check";
import { concatenate, type HostArray, type NDArray, randomSource, type Tree } from "../../../src/public/array.js";
import * as models from "../../../src/public/models.js";
import { optionalCount } from "../option-rules.js";
import { ofFunction, type Subject, type Wrong } from "../subject.js";
import { notTraced, raw, traced } from "../traced.js";
import { array, notOptions, notShape } from "../values.js";

const images = [1, 8, 8];
const settings: Readonly<Record<string, object>> = {
  mlp: { shape: [2], width: 4, depth: 1 },
  residualMlp: { shape: [1, 4, 4], width: 4, depth: 1, embedding: 4 },
  unet: { shape: images, channels: 4, groups: 2, embedding: 4 },
  mixer: { shape: images, patch: 4, width: 4, depth: 1 },
  mlpAdapter: { shape: [2], observationShape: [2], width: 4, depth: 1, problems: 2 },
  residualMlpAdapter: { shape: [1, 4, 4], width: 4, depth: 1, problems: 2 },
  unetAdapter: { shape: images, channels: 4, groups: 2, embedding: 4, problems: 2 },
  encoderAdapter: { shape: [2, 4, 4], observationShape: images, channels: 4, multipliers: [1, 2], problems: 2 },
  conditionalMlp: { shape: [1, 4, 4], width: 4, depth: 1, embedding: 4, problems: 2 },
  conditionalUnet: { shape: images, channels: 4, groups: 2, embedding: 4, problems: 2 },
};

type Network = Omit<models.FlowMapNetwork, "apply"> & {
  apply(parameters: Tree<NDArray>, ...inputs: NDArray[]): NDArray | { mean: NDArray; logSigma: NDArray };
};

const makers: Subject[] = Object.entries(settings).map(([name, valid]) =>
  ofFunction({
    name: `models.${name}`,
    weight: 0.5,
    call: models[name as "mlp"] as (settings: object) => models.FlowMapNetwork,
    finite: false,
    valid: fc.tuple(fc.constant(valid)),
    wrong: [
      notOptions(
        { shape: notShape(), ...("width" in valid && { width: optionalCount, depth: optionalCount }) },
        { required: ["shape"] },
      ),
    ],
  }),
);

const notTimes = notTraced([1], [], [3], [2, 1]);
const notTree: Wrong = raw(() => fc.constantFrom<unknown[]>(undefined, null, 7, "foo", {}, [], () => 1));

/** The networks applied to arrays: their parameters, then the sample with its times, or the observation with its class. */
const applied: Subject[] = Object.entries(settings).map(([name, valid]) => {
  const network = models[name as "mlp"](valid as models.MlpSettings) as unknown as Network;
  const { shape, observationShape = shape } = valid as { shape: number[]; observationShape?: number[] };
  const sample = array([2, ...shape]);
  const times = array([2], 0, 1);
  const classes = fc.constant<HostArray>({ shape: [2], data: Int32Array.of(0, 1) });
  const wide = shape.map((length) => length + 1);
  const notSample = notTraced([2, ...wide], [2], shape, []);
  const flow = !name.endsWith("Adapter");
  const call = traced((parameters: Tree<NDArray>, ...inputs: NDArray[]) => {
    const result = network.apply(parameters, ...inputs);
    return "logSigma" in result ? concatenate([result.mean, result.logSigma]) : result;
  }) as unknown as (...args: unknown[]) => Promise<HostArray>;
  const ofFlow: fc.Arbitrary<unknown>[] = flow ? [sample, times, times] : [];
  const ofObservation = flow && !name.startsWith("conditional") ? [] : [array([2, ...observationShape]), classes];
  const notObserved = notTraced([2, ...observationShape.map((length) => length + 1)], [2], []);
  return ofFunction({
    name: `models.${name}.apply`,
    weight: 0.5,
    call,
    valid: fc.tuple<unknown[]>(fc.constant(network.initialise(randomSource(1))), ...ofFlow, ...ofObservation),
    wrong: [
      notTree,
      ...(flow ? [notSample, notTimes, notTimes] : []),
      ...(ofObservation.length > 0 ? [notObserved, notTimes] : []),
    ],
    holds: (result) =>
      result.shape.join() === [flow ? 2 : 4, ...shape].join()
        ? undefined
        : `the result is [${result.shape.join(", ")}]`,
  });
});

/** Networks: what makes them, and what they make of arrays. */
export const networkSubjects: Subject[] = [...makers, ...applied];
