import { describe, expect, it } from "vitest";
import {
  add,
  exp,
  hostArray,
  type HostArray,
  mul,
  type NDArray,
  perSample,
  randomSource,
  sliceAxis,
  square,
  stopGradient,
  sub,
  sumPerSample,
  valueAndGradient,
} from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { adapterObjective, jointObjective } from "./objective.js";
import { type JointBatch, type JointSettings } from "./objective-arguments.js";

/** u = a x + b t + c r; mu = p A^T y, log sigma = q in every entry. */
type Parameters<T> = { flowMap: { a: T; b: T; c: T }; adapter: { p: T; q: T } };

const [a, b, c, p, q] = [0.3, -0.8, 0.5, 0.6, -0.7];
const [size, width] = [4, 2];
const random = randomSource(11);
const scalar = (value: number): HostArray => hostArray([value], []);
const parameters: Parameters<HostArray> = {
  flowMap: { a: scalar(a), b: scalar(b), c: scalar(c) },
  adapter: { p: scalar(p), q: scalar(q) },
};
const host = {
  x: random.normalArray([size, width]),
  aty: random.normalArray([size, width]),
  problem: hostArray(new Int32Array(size), [size]),
  eps: random.normalArray([size, width]),
  freshNoise: random.normalArray([size, width]),
  uniform: hostArray([0.1, 0.7, 0.3, 0.9], [size]),
  // Two blocks of two samples: the first of each jumps.
  r: hostArray([0.2, 0.6, 0, 0.3], [size]),
  t: hostArray([0.7, 0.6, 1, 0.3], [size]),
  tau: scalar(0.5),
};
const settings: JointSettings = {
  reduction: "sum",
  observationWeight: 1,
  klWeight: 1,
  observationSteps: 1,
  blocks: 2,
  jumps: 1,
  alpha: 0.5,
  detachNoise: false,
};

const sigma = 0.25;
const y = random.normalArray([size, 1]);
const gaussian = (observed: NDArray) => (x: NDArray) =>
  mul(sumPerSample(square(sub(observed, sliceAxis(x, 1, 0, 1)))), 1 / (2 * sigma ** 2));
/** Counts with a mean of e^x: -log p(y | x) = e^x - y x, up to a constant. */
const poisson = (counts: NDArray) => (x: NDArray) => {
  const rate = sliceAxis(x, 1, 0, 1);
  return sumPerSample(sub(exp(rate), mul(counts, rate)));
};

interface Case {
  settings?: Partial<JointSettings>;
  batch?: Partial<typeof host>;
  likelihood?: typeof gaussian;
  frozenObservation?: boolean;
  backend?: Backend;
}

const networksOf = ({ flowMap, adapter }: Parameters<NDArray>) => ({
  meanVelocity: (x: NDArray, r: NDArray, t: NDArray): NDArray =>
    add(mul(flowMap.a, x), perSample(add(mul(flowMap.b, t), mul(flowMap.c, r)), x)),
  adapter: (aty: NDArray) => ({ mean: mul(adapter.p, aty), logSigma: add(mul(aty, 0), adapter.q) }),
});

/** Loss, measures and gradient of the joint objective. */
async function joint(given: Case = {}) {
  const { likelihood = gaussian, frozenObservation = false, backend = "jax" } = given;
  const fn = (theta: Parameters<NDArray>, batch: JointBatch & { [name: string]: NDArray }, observed: NDArray) =>
    valueAndGradient((of: Parameters<NDArray>) => {
      const networks = networksOf(of);
      const frozen = networksOf({
        ...of,
        flowMap: { a: stopGradient(of.flowMap.a), b: stopGradient(of.flowMap.b), c: stopGradient(of.flowMap.c) },
      });
      const observationMeanVelocity = (frozenObservation ? frozen : networks).meanVelocity;
      return jointObjective({ ...networks, observationMeanVelocity }, batch, likelihood(observed), {
        ...settings,
        ...given.settings,
      });
    })(theta);
  const { value, auxiliary, gradient } = await evaluate(fn, [parameters, { ...host, ...given.batch }, y], backend);
  const numbers = <K extends string>(tree: Record<K, HostArray>): Record<K, number> =>
    Object.fromEntries(Object.entries<HostArray>(tree).map(([name, { data }]) => [name, data[0]])) as Record<K, number>;
  return {
    loss: value.data[0],
    measures: numbers(auxiliary),
    flowMap: numbers(gradient.flowMap),
    adapter: numbers(gradient.adapter),
  };
}

/** The terms by hand, in double precision. */
function byHand(theta = { a, b, c, p, q }, likelihood: "gaussian" | "poisson" = "gaussian") {
  const average = (of: (i: number) => number): number => [0, 1, 2, 3].reduce((sum, i) => sum + of(i) / size, 0);
  const entries = (i: number, of: (k: number) => number): number => of(i * width) + of(i * width + 1);
  const noise = (k: number): number => theta.p * host.aty.data[k] + Math.exp(theta.q) * host.eps.data[k];
  const meanFlow = average((i) => {
    const [r, t] = [host.r.data[i], host.t.data[i]];
    return entries(i, (k) => {
      const x = host.x.data[k];
      const z = host.uniform.data[i] < 0.5 ? noise(k) : host.freshNoise.data[k];
      const u = theta.a * ((1 - t) * x + t * z) + theta.b * t + theta.c * r;
      return (u - (z - x - (t - r) * (theta.a * (z - x) + theta.b))) ** 2;
    });
  });
  const observation = average((i) => {
    const z = noise(i * width);
    const x = z - (theta.a * z + theta.b);
    const observed = y.data[i];
    return likelihood === "gaussian" ? (observed - x) ** 2 / (2 * sigma ** 2) : Math.exp(x) - observed * x;
  });
  const kl = average((i) =>
    entries(i, (k) => (Math.exp(2 * theta.q) + (theta.p * host.aty.data[k]) ** 2 - 1 - 2 * theta.q) / 2),
  );
  return { meanFlow, observation, kl };
}

/** d/dp and d/dq of the observation term and the divergence, by central differences. */
function slopesByHand(likelihood: "gaussian" | "poisson") {
  const h = 1e-5;
  const at = (shift: { p?: number; q?: number }): number => {
    const { observation, kl } = byHand({ a, b, c, p: p + (shift.p ?? 0), q: q + (shift.q ?? 0) }, likelihood);
    return observation + kl;
  };
  return { p: (at({ p: h }) - at({ p: -h })) / (2 * h), q: (at({ q: h }) - at({ q: -h })) / (2 * h) };
}

const tau = host.tau.data[0];
const close = (actual: number, expected: number): void =>
  expect(Math.abs(actual - expected) / Math.max(1, Math.abs(expected))).toBeLessThan(1e-5);

describe("the joint objective of linear networks", () => {
  it.each(["jax", "onnx"] as const)("has the terms computed by hand (%s)", async (backend) => {
    const expected = byHand();
    const { loss, measures } = await joint({ backend });
    close(measures.meanFlow, expected.meanFlow);
    close(measures.observation, expected.observation);
    close(measures.kl, expected.kl);
    close(
      measures.adapterMean,
      [...host.aty.data].reduce((sum, value) => sum + Math.abs(p * value), 0) / (size * width),
    );
    close(measures.adapterSigma, Math.exp(q));
    close(loss, expected.meanFlow / (2 * tau ** 2) + expected.observation + expected.kl);
  });

  it("divides every term by the number of entries under the mean reduction", async () => {
    const [sums, means] = await Promise.all([joint(), joint({ settings: { reduction: "mean" } })]);
    for (const name of ["meanFlow", "observation", "kl"] as const) close(means.measures[name], sums.measures[name] / 2);
    close(means.loss, sums.loss / 2);
  });

  it("weighs the terms", async () => {
    const { meanFlow, observation, kl } = byHand();
    const weighted = await joint({ settings: { observationWeight: 3, klWeight: 0 }, batch: { tau: scalar(2) } });
    close(weighted.loss, meanFlow / 8 + 3 * observation);
    close(weighted.measures.kl, kl);
  });

  it("weighs the mean-flow term alone adaptively", async () => {
    const { meanFlow, observation, kl } = byHand();
    const adaptiveWeight = { power: 1, offset: 0.01, per: "batch" } as const;
    const { loss, measures } = await joint({ settings: { adaptiveWeight } });
    close(loss, meanFlow / (meanFlow + 0.01) / (2 * tau ** 2) + observation + kl);
    close(measures.meanFlow, meanFlow);
  });

  it("takes as many steps of the flow map in the observation term as are asked for", async () => {
    const { measures } = await joint({ settings: { observationSteps: 2 } });
    const expected = [...y.data].reduce((sum, observed, i) => {
      const z = p * host.aty.data[i * width] + Math.exp(q) * host.eps.data[i * width];
      const half = z - 0.5 * (a * z + b + 0.5 * c);
      const x = half - 0.5 * (a * half + 0.5 * b);
      return sum + (observed - x) ** 2 / (2 * sigma ** 2) / size;
    }, 0);
    close(measures.observation, expected);
  });

  it("takes any differentiable likelihood: counts", async () => {
    const expected = byHand(undefined, "poisson");
    const { measures, adapter } = await joint({ likelihood: poisson, settings: { detachNoise: true } });
    close(measures.observation, expected.observation);
    const slopes = slopesByHand("poisson");
    expect(adapter.p).toBeCloseTo(slopes.p, 4);
    expect(adapter.q).toBeCloseTo(slopes.q, 4);
  });
});

describe("where the joint objective's gradient goes", () => {
  const meanFlowOnly = { observationWeight: 0, klWeight: 0 };

  it("reaches the adapter through the mean-flow term", async () => {
    const { adapter } = await joint({ settings: meanFlowOnly });
    expect(Math.abs(adapter.p)).toBeGreaterThan(0.01);
    expect(Math.abs(adapter.q)).toBeGreaterThan(0.01);
  });

  it("does not with the noise detached, and the flow map's is the same", async () => {
    const [detached, attached] = await Promise.all([
      joint({ settings: { ...meanFlowOnly, detachNoise: true } }),
      joint({ settings: meanFlowOnly }),
    ]);
    expect(detached.adapter).toEqual({ p: 0, q: 0 });
    close(detached.flowMap.a, attached.flowMap.a);
    expect(Math.abs(detached.flowMap.a)).toBeGreaterThan(0.01);
  });

  it("does not with alpha 0, when all noise is the prior's; with alpha 1 none is", async () => {
    const none = await joint({ settings: { ...meanFlowOnly, alpha: 0 } });
    expect(none.adapter).toEqual({ p: 0, q: 0 });
    const freshNoise = random.normalArray([size, width]);
    const [all, other] = await Promise.all([
      joint({ settings: { alpha: 1 } }),
      joint({ settings: { alpha: 1 }, batch: { freshNoise } }),
    ]);
    expect(all.loss).toBe(other.loss);
    expect(none.loss).not.toBe((await joint({ settings: { ...meanFlowOnly, alpha: 0 }, batch: { freshNoise } })).loss);
  });

  it("trains the adapter alone through the observation term where its flow map is frozen", async () => {
    const [frozen, trained] = await Promise.all([
      joint({ frozenObservation: true, settings: { detachNoise: true } }),
      joint({ settings: { detachNoise: true } }),
    ]);
    const meanFlow = await joint({ settings: { ...meanFlowOnly, detachNoise: true } });
    expect(frozen.flowMap).toEqual(meanFlow.flowMap);
    expect(Math.abs(trained.flowMap.a - frozen.flowMap.a)).toBeGreaterThan(0.01);
    close(frozen.adapter.p, trained.adapter.p);
    const slopes = slopesByHand("gaussian");
    close(frozen.adapter.p, slopes.p);
    close(frozen.adapter.q, slopes.q);
  });
});

describe("the adapter's objective for a frozen linear flow map", () => {
  const [m, s, scale] = [0.4, 1.3, 0.6];
  const total = s * s + scale * scale;

  /** The objective and its gradient for x = m + s z, y = x + scale * noise, and q = N(gain (y - m), exp(logSigma)^2). */
  async function objective(gain: number, logSigma: number) {
    // Draws of +1 and -1 have the moments that a quadratic's expectation needs.
    const observed = hostArray([-1.2, -1.2, 0.9, 0.9], [4, 1]);
    const eps = hostArray([-1, 1, -1, 1], [4, 1]);
    const fn = (theta: { gain: NDArray; logSigma: NDArray }, seen: NDArray, noise: NDArray, problem: NDArray) =>
      valueAndGradient((of: { gain: NDArray; logSigma: NDArray }) =>
        adapterObjective(
          {
            observationMeanVelocity: (z) => sub(mul(z, 1 - s), m),
            adapter: (aty) => ({
              mean: mul(sub(aty, m), of.gain),
              logSigma: add(mul(aty, 0), of.logSigma),
            }),
          },
          { x: seen, aty: seen, problem, eps: noise },
          (x) => mul(sumPerSample(square(sub(seen, x))), 1 / (2 * scale ** 2)),
          settings,
        ),
      )(theta);
    const { value, gradient } = await evaluate(fn, [
      { gain: scalar(gain), logSigma: scalar(logSigma) },
      observed,
      eps,
      hostArray(new Int32Array(4), [4]),
    ]);
    return { value: value.data[0], gain: gradient.gain.data[0], logSigma: gradient.logSigma.data[0] };
  }

  it("is least, with no gradient, at the exact posterior of the noise, where it is -log p(y)", async () => {
    const [gain, logSigma] = [s / total, 0.5 * Math.log(scale ** 2 / total)];
    const best = await objective(gain, logSigma);
    expect(Math.abs(best.gain)).toBeLessThan(1e-4);
    expect(Math.abs(best.logSigma)).toBeLessThan(1e-4);
    // -log N(y; m, s^2 + scale^2) without what the likelihood leaves out.
    const evidence = [-1.2, 0.9].map((seen) => (seen - m) ** 2 / (2 * total) + 0.5 * Math.log(total / scale ** 2));
    close(best.value, (evidence[0] + evidence[1]) / 2);
    expect((await objective(gain * 1.1, logSigma)).gain).toBeGreaterThan(0.01);
    expect((await objective(gain, logSigma - 0.1)).logSigma).toBeLessThan(-0.01);
  });
});
