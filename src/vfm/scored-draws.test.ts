import { describe, expect, it } from "vitest";
import {
  add,
  hostArray,
  type HostArray,
  hostFull,
  mul,
  type NDArray,
  perSample,
  randomSource,
  square,
  stopGradient,
  sub,
  sumPerSample,
  valueAndGradient,
} from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { crps, energyScore } from "../metrics/index.js";
import { adapterObjective, jointObjective } from "./objective.js";
import { type JointBatch, type JointSettings } from "./objective-arguments.js";
import { type ScoreSettings } from "./scored-draws.js";

/** u = a x + b t + c r; mu = p A^T y, log sigma = q in every entry. */
type Theta<T> = { flowMap: { a: T; b: T; c: T }; adapter: { p: T; q: T } };
const theta: Theta<number> = { flowMap: { a: 0.3, b: -0.8, c: 0.5 }, adapter: { p: 0.6, q: -0.7 } };
const [size, width, draws] = [4, 2, 3];

const random = randomSource(5, "scored draws");
const host = {
  x: random.normalArray([size, width]),
  aty: random.normalArray([size, width]),
  problem: hostArray(new Int32Array(size), [size]),
  eps: random.normalArray([size, width]),
  furtherEps: random.normalArray([(draws - 1) * size, width]),
  freshNoise: random.normalArray([size, width]),
  uniform: hostArray([0.1, 0.7, 0.3, 0.9], [size]),
  r: hostArray([0.2, 0.6, 0, 0.3], [size]),
  t: hostArray([0.7, 0.6, 1, 0.3], [size]),
  tau: hostFull([], 0.5),
};
const base: JointSettings = {
  reduction: "sum",
  observationWeight: 1,
  klWeight: 1,
  observationSteps: 1,
  blocks: 2,
  jumps: 1,
  alpha: 0.5,
  detachNoise: true,
};
const score: ScoreSettings = { draws, pixelWeight: 0.7, energyWeight: 1.3, priorWeight: 0.4 };
const off: ScoreSettings = { draws, pixelWeight: 0, energyWeight: 0, priorWeight: 0 };

interface Case {
  settings?: Partial<JointSettings>;
  /** Whether the observation term has its own flow map, without a gradient. */
  frozenObservation?: boolean;
  adapterAlone?: boolean;
  batch?: Omit<typeof host, "furtherEps">;
  backend?: Backend;
}

/** Loss, measures and gradient of an objective, and the number of samples in each call of a network. */
async function objective({ settings, frozenObservation, adapterAlone, batch = host, backend = "jax" }: Case) {
  const calls = { flowMap: [] as number[], adapter: 0 };
  const fn = (parameters: Theta<NDArray>, batch: JointBatch & { [name: string]: NDArray }) =>
    valueAndGradient((of: Theta<NDArray>): [NDArray, Record<string, NDArray>] => {
      const velocity =
        ({ a, b, c }: Theta<NDArray>["flowMap"]) =>
        (x: NDArray, r: NDArray, t: NDArray): NDArray => {
          calls.flowMap.push(x.shape[0]);
          return add(mul(a, x), perSample(add(mul(b, t), mul(c, r)), x));
        };
      const meanVelocity = velocity(of.flowMap);
      const { a, b, c } = of.flowMap;
      const frozen = velocity({ a: stopGradient(a), b: stopGradient(b), c: stopGradient(c) });
      const networks = {
        meanVelocity,
        observationMeanVelocity: frozenObservation === true ? frozen : meanVelocity,
        scoredMeanVelocity: frozenObservation === true ? meanVelocity : undefined,
        adapter: (aty: NDArray) => {
          calls.adapter += 1;
          return { mean: mul(of.adapter.p, aty), logSigma: add(mul(aty, 0), of.adapter.q) };
        },
      };
      const misfit = (x: NDArray): NDArray => sumPerSample(square(sub(batch.aty, x)));
      const all = { ...base, ...settings };
      return adapterAlone === true
        ? adapterObjective(networks, batch, misfit, all)
        : jointObjective(networks, batch, misfit, all);
    })(parameters);
  const leaves = <T extends Record<string, number>>(tree: T) =>
    Object.fromEntries(Object.entries(tree).map(([name, value]) => [name, hostFull([], value)])) as Record<
      keyof T,
      HostArray
    >;
  const given = { flowMap: leaves(theta.flowMap), adapter: leaves(theta.adapter) };
  const { value, auxiliary, gradient } = await evaluate(fn, [given, batch], backend);
  const numbers = (tree: Readonly<Record<string, HostArray>>): Record<string, number> =>
    Object.fromEntries(Object.entries(tree).map(([name, { data }]) => [name, data[0]]));
  return {
    loss: value.data[0],
    measures: numbers(auxiliary),
    gradient: { ...numbers(gradient.flowMap), ...numbers(gradient.adapter) },
    calls,
  };
}

/** The scores by hand, in double precision, with the metrics' own estimators. */
function byHand({ flowMap: { a, b }, adapter: { p, q } }: Theta<number> = theta) {
  const image = (z: number[]): number[] => z.map((value) => value - (a * value + b));
  const rows = ({ data }: HostArray, i: number): number[] => [...data.subarray(i * width, (i + 1) * width)];
  const all = { pixelScore: 0, energyScore: 0, priorScore: 0 };
  const prior = Array.from({ length: size }, (_, i) => image(rows(host.freshNoise, i)));
  const distance = (x: number[], other: number[]): number => Math.hypot(...x.map((value, k) => value - other[k]));
  for (let i = 0; i < size; i++) {
    const truth = rows(host.x, i);
    const eps = [
      rows(host.eps, i),
      ...Array.from({ length: draws - 1 }, (_, m) => rows(host.furtherEps, m * size + i)),
    ];
    const samples = eps.map((e) => image(e.map((value, k) => p * rows(host.aty, i)[k] + Math.exp(q) * value)));
    truth.forEach(
      (value, k) =>
        (all.pixelScore +=
          crps(
            samples.map((x) => x[k]),
            value,
          ).fair /
          (size * width)),
    );
    all.energyScore += energyScore(samples.flat(), truth).fair / (size * Math.sqrt(width));
    for (let j = 0; j < size; j++)
      if (j !== i)
        all.priorScore +=
          (distance(prior[i], rows(host.x, j)) - distance(prior[i], prior[j]) / 2) /
          (size * (size - 1) * Math.sqrt(width));
  }
  return all;
}

const weighted = (of: ReturnType<typeof byHand>): number =>
  score.pixelWeight * of.pixelScore + score.energyWeight * of.energyScore + score.priorWeight * of.priorScore;

/** The derivative of the weighted scores with respect to one parameter, by central differences. */
function slope(network: "flowMap" | "adapter", name: string): number {
  const at = (shift: number): number => {
    const shifted = { ...theta, [network]: { ...theta[network] } } as Theta<number>;
    (shifted[network] as Record<string, number>)[name] += shift;
    return weighted(byHand(shifted));
  };
  return (at(1e-5) - at(-1e-5)) / 2e-5;
}

describe("an objective with scores", () => {
  it.each(["jax", "onnx"] as const)("adds the fair scores of the draws, weighted (%s)", async (backend) => {
    const [plain, scored] = [await objective({ backend }), await objective({ settings: { score }, backend })];
    const expected = byHand();
    for (const [name, value] of Object.entries(expected)) expect(scored.measures[name]).toBeCloseTo(value, 5);
    expect(scored.loss - plain.loss).toBeCloseTo(weighted(expected), 4);
    expect(scored.measures.observation).toBeCloseTo(plain.measures.observation, 5);
  });

  it.each([false, true])(
    "trains both networks by the scores, whichever flow map the observation term has (its own: %s)",
    async (frozenObservation) => {
      const plain = await objective({ frozenObservation });
      const scored = await objective({ frozenObservation, settings: { score } });
      for (const [network, names] of [
        ["flowMap", ["a", "b", "c"]],
        ["adapter", ["p", "q"]],
      ] as const)
        for (const name of names)
          expect(scored.gradient[name] - plain.gradient[name]).toBeCloseTo(slope(network, name), 4);
      expect(Math.abs(slope("flowMap", "a"))).toBeGreaterThan(0.01);
    },
  );

  it("is the scores alone where the other terms have no weight, with the adapter alone too", async () => {
    const settings = { score: { ...score, priorWeight: 0 }, observationWeight: 0, klWeight: 0 };
    const { pixelScore, energyScore: whole } = byHand();
    const { loss, measures } = await objective({ settings, adapterAlone: true });
    expect(loss).toBeCloseTo(score.pixelWeight * pixelScore + score.energyWeight * whole, 5);
    expect(Object.keys(measures)).not.toContain("observation");
    expect(Object.keys(measures)).not.toContain("priorScore");
  });

  it("may score the prior alone", async () => {
    const settings = { score: { ...off, priorWeight: 1 }, observationWeight: 0, klWeight: 0 };
    const [plain, scored] = [
      await objective({ settings: { observationWeight: 0, klWeight: 0 } }),
      await objective({ settings }),
    ];
    expect(scored.loss - plain.loss).toBeCloseTo(byHand().priorScore, 5);
    expect(Object.keys(scored.measures)).toEqual(expect.not.arrayContaining(["pixelScore", "energyScore"]));
  });
});

describe("the evaluations of an objective with scores", () => {
  // The mean-flow term: the jumps' derivative, and the samples with r = t.
  const meanFlow = [size / 2, size / 2];

  it("are one of the adapter, and one call of the flow map for all draws, the observation term's among them", async () => {
    const { calls } = await objective({ settings: { score } });
    expect(calls).toEqual({ flowMap: [...meanFlow, (draws + 1) * size], adapter: 1 });
    const alone = await objective({ settings: { score: { ...score, priorWeight: 0 } }, adapterAlone: true });
    expect(alone.calls).toEqual({ flowMap: [draws * size], adapter: 1 });
  });

  it("are one more where the observation term has another flow map or more steps", async () => {
    const other = await objective({ settings: { score }, frozenObservation: true });
    expect(other.calls.flowMap).toEqual([...meanFlow, (draws + 1) * size, size]);
    const steps = await objective({ settings: { score, observationSteps: 2 } });
    expect(steps.calls.flowMap).toEqual([...meanFlow, (draws + 1) * size, size, size]);
  });

  it("are none for what has no weight", async () => {
    const none = { observationWeight: 0, klWeight: 1 };
    expect((await objective({ settings: { ...none, score: off } })).calls.flowMap).toEqual(meanFlow);
    expect((await objective({ settings: { ...none, score: off }, adapterAlone: true })).calls.flowMap).toEqual([]);
    const prior = await objective({ settings: { ...none, score: { ...off, priorWeight: 1 } } });
    expect(prior.calls.flowMap).toEqual([...meanFlow, size]);
  });
});

it("asks for the noise of the scored draws", async () => {
  const { furtherEps: _, ...batch } = host;
  await expect(objective({ settings: { score }, batch })).rejects.toThrow(/give furtherEps/);
});
