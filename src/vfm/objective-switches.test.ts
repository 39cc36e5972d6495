import { describe, expect, it } from "vitest";
import {
  add,
  concatenate,
  constant,
  exp,
  hostArray,
  mul,
  type NDArray,
  perSample,
  randomSource,
  reshape,
  sliceAxis,
  square,
  stopGradient,
  sub,
  sum,
  toFloat,
  valueAndGradient,
} from "../array/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { jointObjective } from "./objective.js";
import { type JointSettings } from "./objective-arguments.js";

// Two problems with three samples each, the first of which jumps. Everything that is traced is also computed in plain
// numbers.
const [samples, size] = [6, 2];
const random = randomSource(11);
const data = {
  x: random.normalArray([samples, size]),
  aty: random.normalArray([samples, size]),
  problem: hostArray(Int32Array.of(0, 0, 0, 1, 1, 1), [samples]),
  eps: random.normalArray([samples, size]),
  freshNoise: random.normalArray([samples, size]),
  uniform: hostArray([0.1, 0.9, 0.3, 0.7, 0.2, 0.6], [samples]),
  r: hostArray([0.2, 0.5, 0.9, 0.1, 0.4, 0.8], [samples]),
  t: hostArray([0.7, 0.5, 0.9, 1, 0.4, 0.8], [samples]),
  tau: hostArray([0.6], []),
};
const y = [0.4, -0.3, 0.8, 2, 0, 1];
const sigma = 0.5;
const theta = [0.7, -0.4, 0.3];
const phi = [0.5, 0.3, 0.2, -0.6];
const average = [0.5, 0.1, -0.2];

const base: JointSettings = {
  blocks: 2,
  jumps: 1,
  alpha: 0.5,
  detachNoise: false,
  reduction: "sum",
  observationWeight: 1,
  klWeight: 1,
  observationSteps: 1,
};
type ObservationFlowMap = "trained" | "detached" | "average";

const entriesOf = (x: NDArray): NDArray[] =>
  Array.from({ length: x.shape[0] }, (_, i) => reshape(sliceAxis(x, 0, i, i + 1), []));

/** u = a x t + b t^2 + c r. */
const tracedVelocity =
  (parameters: NDArray) =>
  (x: NDArray, r: NDArray, t: NDArray): NDArray => {
    const [a, b, c] = entriesOf(parameters);
    return add(mul(mul(a, x), perSample(t, x)), perSample(add(mul(b, square(t)), mul(c, r)), x));
  };

/** mu = p A^T y + q class, log sigma = l A^T y + k. */
const tracedAdapter = (parameters: NDArray) => (aty: NDArray, problem: NDArray) => {
  const [p, q, l, k] = entriesOf(parameters);
  return { mean: add(mul(p, aty), perSample(mul(q, toFloat(problem)), aty)), logSigma: add(mul(l, aty), k) };
};

/** The first problem's observation is x1 + 2 x2 with Gaussian noise, the second's a Poisson count of rate exp(x1 + 2 x2). */
const tracedLikelihood = (x: NDArray): NDArray => {
  const seen = sum(mul(x, constant(hostArray([1, 2], [2]))), 1);
  const [gaussian, poisson] = [0, 3].map((start) => ({
    y: constant(hostArray(y.slice(start, start + 3), [3])),
    seen: sliceAxis(seen, 0, start, start + 3),
  }));
  return concatenate([
    mul(square(sub(gaussian.y, gaussian.seen)), 1 / (2 * sigma ** 2)),
    sub(exp(poisson.seen), mul(poisson.y, poisson.seen)),
  ]);
};

interface Parameters {
  theta: number[];
  phi: number[];
}

/** The objective in plain numbers; everything under a stop-gradient is computed from `held`. */
function reference(
  own: Parameters,
  settings: JointSettings,
  observed: ObservationFlowMap,
  held: Parameters = own,
): Record<string, number> {
  const u = ([a, b, c]: number[], x: number, r: number, t: number): number => a * x * t + b * t * t + c * r;
  const distribution = ([p, q, l, k]: number[], i: number, j: number) => {
    const aty = data.aty.data[i * size + j];
    return { mu: p * aty + q * data.problem.data[i], sigma: Math.exp(l * aty + k) };
  };
  const entries = settings.reduction === "sum" ? 1 : size;
  const flow = (by: Parameters, i: number): number => {
    const [r, t] = [data.r.data[i], data.t.data[i]];
    let loss = 0;
    for (let j = 0; j < size; j++) {
      const [x, eps, fresh] = [data.x, data.eps, data.freshNoise].map((array) => array.data[i * size + j]);
      const noise = (parameters: number[]): number => {
        const q = distribution(parameters, i, j);
        return data.uniform.data[i] < settings.alpha ? q.mu + q.sigma * eps : fresh;
      };
      const z = noise(settings.detachNoise ? held.phi : by.phi);
      const xt = (1 - t) * x + t * z;
      const heldNoise = noise(held.phi);
      const heldPoint = (1 - t) * x + t * heldNoise;
      const v = heldNoise - x;
      const [a, b] = held.theta;
      const direction = settings.tangent === "network" ? u(held.theta, heldPoint, t, t) : v;
      const derivative = a * direction * t + a * heldPoint + 2 * b * t;
      loss += (u(by.theta, xt, r, t) - (v - (t - r) * derivative)) ** 2 / entries;
    }
    return loss;
  };
  const adapter = (by: Parameters, i: number): { observation: number; kl: number } => {
    const network = { trained: by.theta, detached: held.theta, average }[observed];
    let [seen, kl] = [0, 0];
    for (let j = 0; j < size; j++) {
      const q = distribution(by.phi, i, j);
      kl += (q.sigma ** 2 + q.mu ** 2 - 1 - 2 * Math.log(q.sigma)) / 2 / entries;
      let x = q.mu + q.sigma * data.eps.data[i * size + j];
      for (let step = settings.observationSteps; step > 0; step--)
        x -=
          u(network, x, (step - 1) / settings.observationSteps, step / settings.observationSteps) /
          settings.observationSteps;
      seen += [1, 2][j] * x;
    }
    const likelihood = i < 3 ? (y[i] - seen) ** 2 / (2 * sigma ** 2) : Math.exp(seen) - y[i] * seen;
    return { observation: likelihood / entries, kl };
  };
  const factor = (weight: JointSettings["adaptiveWeight"], losses: number[], i: number): number => {
    if (weight === undefined) return 1;
    const loss = weight.per === "sample" ? losses[i] : meanOf(losses);
    return (loss + weight.offset) ** -weight.power;
  };
  const every = Array.from({ length: samples }, (_, i) => i);
  /** KL(N(m, v) || N(0, 1)) of each entry, where m and v are the moments of the mixture of a block's Gaussians. */
  const aggregate = (by: Parameters): number => {
    const ofEntry = (block: number, j: number): number => {
      const mixture = every.slice(3 * block, 3 * block + 3).map((i) => distribution(by.phi, i, j));
      const m = meanOf(mixture.map(({ mu }) => mu));
      const v = meanOf(mixture.map(({ mu, sigma: deviation }) => deviation ** 2 + (mu - m) ** 2));
      return (v + m * m - 1 - Math.log(v)) / 2;
    };
    return meanOf([0, 1].flatMap((block) => [0, 1].map((j) => ofEntry(block, j)))) * (size / entries);
  };
  const totals = (by: Parameters): number[] => {
    const heldFlows = every.map((i) => flow(held, i));
    const aggregateTerm = (settings.aggregateWeight ?? 0) * aggregate(by);
    return every.map((i) => {
      const { observation, kl } = adapter(by, i);
      const weight = factor(settings.adaptiveWeight, heldFlows, i) / (2 * data.tau.data[0] ** 2);
      return weight * flow(by, i) + settings.observationWeight * observation + settings.klWeight * kl + aggregateTerm;
    });
  };
  const heldTotals = totals(held);
  return {
    loss: meanOf(totals(own).map((total, i) => total * factor(settings.totalAdaptiveWeight, heldTotals, i))),
    meanFlow: meanOf(every.map((i) => flow(own, i))),
    observation: meanOf(every.map((i) => adapter(own, i).observation)),
    kl: meanOf(every.map((i) => adapter(own, i).kl)),
    ...(settings.aggregateWeight !== undefined && { aggregate: aggregate(own) }),
    adapterMean: meanOf(every.flatMap((i) => [0, 1].map((j) => Math.abs(distribution(own.phi, i, j).mu)))),
    adapterSigma: meanOf(every.flatMap((i) => [0, 1].map((j) => distribution(own.phi, i, j).sigma))),
  };
}

const meanOf = (values: number[]): number => values.reduce((total, value) => total + value, 0) / values.length;

/** Central differences of the reference's loss, with everything under a stop-gradient held fixed. */
function differences(which: "theta" | "phi", settings: JointSettings, observed: ObservationFlowMap): number[] {
  const step = 1e-5;
  const held = { theta, phi };
  return held[which].map((_, k) => {
    const moved = (by: number): number => {
      const parameters = held[which].map((value, i) => (i === k ? value + by : value));
      return reference({ ...held, [which]: parameters }, settings, observed, held).loss;
    };
    return (moved(step) - moved(-step)) / (2 * step);
  });
}

// A type, because an interface would not fit a tree's index signature.
type Traced = { theta: NDArray; phi: NDArray };
type TracedData = { [K in keyof typeof data]: NDArray };
const parameters = { theta: hostArray(theta, [3]), phi: hostArray(phi, [4]) };

function joint(settings: JointSettings, observed: ObservationFlowMap) {
  const objective = (own: Traced, batch: TracedData) => {
    const flowMaps = {
      trained: own.theta,
      detached: stopGradient(own.theta),
      average: constant(hostArray(average, [3])),
    };
    return jointObjective(
      {
        meanVelocity: tracedVelocity(own.theta),
        observationMeanVelocity: tracedVelocity(flowMaps[observed]),
        adapter: tracedAdapter(own.phi),
      },
      batch,
      tracedLikelihood,
      settings,
    );
  };
  return evaluate(
    (own: Traced, batch: TracedData) => valueAndGradient((moving: Traced) => objective(moving, batch))(own),
    [parameters, data],
  );
}

const near = (actual: ArrayLike<number>, expected: number[], what: string): void =>
  expected.forEach((value, i) =>
    expect(Math.abs(actual[i] - value), `${what} ${i}: ${actual[i]}, ${value}`).toBeLessThan(
      1e-4 * (1 + Math.abs(value)),
    ),
  );

const perSampleWeight = { power: 1, offset: 0.01, per: "sample" } as const;
const perBatchWeight = { power: 0.5, offset: 0.1, per: "batch" } as const;

const cases: { name: string; switches?: Partial<JointSettings>; observed?: ObservationFlowMap }[] = [
  { name: "as derived" },
  { name: "means over entries", switches: { reduction: "mean" } },
  { name: "all noise from the adapter", switches: { alpha: 1 } },
  { name: "all noise fresh", switches: { alpha: 0 } },
  { name: "no divergence", switches: { klWeight: 0 } },
  { name: "the aggregate divergence", switches: { aggregateWeight: 0.7 } },
  { name: "the mean of the aggregate divergence", switches: { aggregateWeight: 2, reduction: "mean" } },
  { name: "a weaker observation term seen at three steps", switches: { observationWeight: 0.3, observationSteps: 3 } },
  { name: "noise detached", switches: { detachNoise: true } },
  { name: "the network's tangent", switches: { tangent: "network" } },
  { name: "each flow loss weighted", switches: { adaptiveWeight: perSampleWeight } },
  { name: "the mean flow loss weighted", switches: { adaptiveWeight: perBatchWeight } },
  { name: "each sample's total weighted", switches: { totalAdaptiveWeight: { ...perSampleWeight, offset: 5 } } },
  { name: "a detached map observed", observed: "detached" },
  { name: "an average map observed", observed: "average" },
];

describe("every switch of the joint objective", () => {
  it.each(cases)(
    "gives the value and the gradients of plain numbers: $name",
    async ({ switches, observed = "trained" }) => {
      const settings = { ...base, ...switches };
      const { value, auxiliary, gradient } = await joint(settings, observed);
      const { loss, ...measures } = reference({ theta, phi }, settings, observed);
      near(value.data, [loss], "loss");
      for (const [name, measure] of Object.entries(measures)) near(auxiliary[name].data, [measure], name);
      near(gradient.theta.data, differences("theta", settings, observed), "theta");
      near(gradient.phi.data, differences("phi", settings, observed), "phi");
    },
  );
});
