import { describe, expect, it } from "vitest";
import {
  add,
  constant,
  gradient,
  type HostArray,
  hostArray,
  hostFull,
  jvp,
  mean,
  mul,
  type NDArray,
  ones,
  perSample,
  randomSource,
  sin,
  sub,
} from "../array/index.js";
import { type Backend } from "../compile/index.js";
import { relativeError } from "../../test/support/compare.js";
import { evaluate } from "../../test/support/evaluate.js";
import { gaussianMeanVelocity, gaussianPairs } from "../../test/support/gaussian-flow.js";
import { flowMatchingLoss, meanFlowLoss, type MeanFlowOptions } from "./losses.js";
import { type MeanVelocity } from "./interpolant.js";

const [m, s] = [0.7, 0.4];
const { x: pairsX, z: pairsZ } = gaussianPairs(m, s);
const random = randomSource(1);
const times = [
  { r: 0, t: 1 },
  { r: 0.2, t: 0.7 },
  { r: 0.5, t: 0.6 },
];

/** The variance of v given x_t for Gaussian data, which is the least flow-matching loss. */
const leastLoss = (t: number): number => {
  const covariance = t - (1 - t) * s * s;
  return 1 + s * s - covariance ** 2 / ((1 - t) ** 2 * s * s + t * t);
};

/** A network that is nonlinear in all of its arguments. */
const network: MeanVelocity = (x, r, t) =>
  sin(add(mul(x, perSample(add(t, 0.5), x)), perSample(sub(mul(t, 2), mul(r, 3)), x)));

/**
 * The gradients of the mean loss with respect to the mean and the deviation of the Gaussian data that the network
 * assumes.
 */
function slopes(loss: (u: MeanVelocity) => NDArray, deviation: number): Promise<[HostArray, HostArray]> {
  return evaluate(
    (mu: NDArray, sigma: NDArray): [NDArray, NDArray] => {
      const { a, b } = gradient((p: { a: NDArray; b: NDArray }) => mean(loss(gaussianMeanVelocity(p.a, p.b))))({
        a: mu,
        b: sigma,
      });
      return [a, b];
    },
    [hostArray([m], []), hostArray([deviation], [])],
  );
}

describe("flow matching", () => {
  it.each([0, 0.3, 1])("has its least value, Var(v | x_t), at the exact velocity, t = %d", async (t) => {
    const loss = (x: NDArray, z: NDArray): NDArray =>
      mean(flowMatchingLoss(gaussianMeanVelocity(m, s), x, z, mul(ones([4]), t), "sum"));
    expect((await evaluate(loss, [pairsX, pairsZ])).data[0]).toBeCloseTo(leastLoss(t), 5);
  });

  it("reduces a sample to the sum or the mean of its entries", async () => {
    const [x, z, t] = [random.normalArray([3, 2, 5]), random.normalArray([3, 2, 5]), random.uniformArray([3])];
    const [sums, means] = await evaluate(
      (a: NDArray, b: NDArray, time: NDArray): [NDArray, NDArray] => [
        flowMatchingLoss(network, a, b, time, "sum"),
        mul(flowMatchingLoss(network, a, b, time, "mean"), 10),
      ],
      [x, z, t],
    );
    expect(sums.shape).toEqual([3]);
    expect(relativeError(sums, means)).toBeLessThan(1e-6);
  });
});

describe("MeanFlow", () => {
  it.each(times)("is what the exact mean velocity satisfies from $t to $r", async ({ r, t }) => {
    // u = v - (t - r) d/dt u, with d/dt along the flow's own velocity v = u(x, t, t).
    const u = gaussianMeanVelocity(m, s);
    const sides = (x: NDArray, early: NDArray, late: NDArray): [NDArray, NDArray] => {
      const v = u(x, late, late);
      const [value, derivative] = jvp(u, [x, early, late], [v, mul(early, 0), ones([4])]);
      return [value, sub(v, mul(perSample(sub(late, early), x), derivative))];
    };
    const [left, right] = await evaluate(sides, [random.normalArray([4, 1]), hostFull([4], r), hostFull([4], t)]);
    expect(relativeError(left, right)).toBeLessThan(1e-5);
  });

  describe("of two half jumps", () => {
    const loss =
      (deviation: number, { r, t }: { r: number; t: number }) =>
      (u: MeanVelocity): NDArray => {
        const at = (time: number): NDArray => mul(ones([4]), time);
        const composed = gaussianMeanVelocity(m, deviation);
        return meanFlowLoss(u, constant(pairsX), constant(pairsZ), at(r), at(t), {
          jumps: 4,
          reduction: "sum",
          composed,
        });
      };

    it.each(times)("is zero at the exact mean velocity, which composes, from $t to $r", async (pair) => {
      const value = await evaluate(() => mean(loss(s, pair)(gaussianMeanVelocity(m, s))), []);
      expect(value.data[0]).toBeLessThan(1e-10);
    });

    it.each(times.filter(({ t }) => t < 1))("leads to the composed network, from $t to $r", async (pair) => {
      const [[, above], [, below]] = await Promise.all([
        slopes(loss(s, pair), 1.2 * s),
        slopes(loss(s, pair), 0.8 * s),
      ]);
      expect(above.data[0]).toBeGreaterThan(0.001);
      expect(below.data[0]).toBeLessThan(-0.001);
    });
  });

  describe.each(["sample", "network"] as const)("along the %s's velocity", (tangent) => {
    const loss =
      ({ r, t }: { r: number; t: number }) =>
      (u: MeanVelocity): NDArray => {
        const at = (time: number): NDArray => mul(ones([4]), time);
        const [x, z] = [constant(pairsX), constant(pairsZ)];
        return meanFlowLoss(u, x, z, at(r), at(t), { jumps: 4, reduction: "sum", tangent });
      };

    it.each(times)("has no gradient at the exact mean velocity from $t to $r", async (pair) => {
      for (const slope of await slopes(loss(pair), s)) expect(Math.abs(slope.data[0])).toBeLessThan(2e-5);
    });

    // At t = 1 the velocity, z - m, is the same for every deviation.
    it.each(times.filter(({ t }) => t < 1))("has a gradient towards it elsewhere, from $t to $r", async (pair) => {
      const [[, above], [, below]] = await Promise.all([slopes(loss(pair), 1.2 * s), slopes(loss(pair), 0.8 * s)]);
      expect(above.data[0]).toBeGreaterThan(0.01);
      expect(below.data[0]).toBeLessThan(-0.01);
    });
  });

  it("along the exact network's velocity has the least variance, that of flow matching", async () => {
    const loss = (x: NDArray, z: NDArray, r: NDArray, t: NDArray): NDArray =>
      mean(meanFlowLoss(gaussianMeanVelocity(m, s), x, z, r, t, { jumps: 4, reduction: "sum", tangent: "network" }));
    const value = await evaluate(loss, [pairsX, pairsZ, hostFull([4], 0.2), hostFull([4], 0.7)]);
    expect(value.data[0]).toBeCloseTo(leastLoss(0.7), 5);
  });

  it("has the value and the gradient of a linear network by hand: the target has none", async () => {
    const [a, b, c] = [0.3, -0.8, 0.5];
    const [x, z, r, t] = [1.5, -0.4, 0.25, 0.75];
    const xt = (1 - t) * x + t * z;
    const v = z - x;
    const error = a * xt + b * t + c * r - (v - (t - r) * (a * v + b));
    const fn = (p: NDArray, q: NDArray, w: NDArray): [NDArray, NDArray, NDArray, NDArray] => {
      const of = (k: { p: NDArray; q: NDArray; w: NDArray }): NDArray =>
        mean(
          meanFlowLoss(
            (point, early, late) => add(mul(k.p, point), perSample(add(mul(k.q, late), mul(k.w, early)), point)),
            mul(ones([1, 1]), x),
            mul(ones([1, 1]), z),
            mul(ones([1]), r),
            mul(ones([1]), t),
            { jumps: 1, reduction: "sum" },
          ),
        );
      const slope = gradient(of)({ p, q, w });
      return [of({ p, q, w }), slope.p, slope.q, slope.w];
    };
    const results = await evaluate(
      fn,
      [a, b, c].map((value) => hostArray([value], [])) as [HostArray, HostArray, HostArray],
    );
    const expected = [error ** 2, 2 * error * xt, 2 * error * t, 2 * error * r];
    results.forEach(({ data }, i) => expect(data[0]).toBeCloseTo(expected[i], 5));
  });

  describe.each(["jax", "onnx"] as const)("cut into jumps and flow matching (%s)", (backend: Backend) => {
    const shape = [12, 2, 3];
    const [x, z] = [random.normalArray(shape), random.normalArray(shape)];

    /** Losses, and the gradient of their mean with respect to a factor on the network and to the noise. */
    const both = (r: HostArray, t: HostArray, options: MeanFlowOptions): Promise<[HostArray, HostArray, HostArray]> =>
      evaluate(
        (...[a, b, early, late, factor]: NDArray[]): [NDArray, NDArray, NDArray] => {
          const losses = ({ k, noise }: { k: NDArray; noise: NDArray }): NDArray =>
            meanFlowLoss((point, r, t) => mul(network(point, r, t), k), a, noise, early, late, options);
          const inputs = { k: factor, noise: b };
          const slopes = gradient((moving: typeof inputs) => mean(losses(moving)))(inputs);
          return [losses(inputs), slopes.k, slopes.noise];
        },
        [x, z, r, t, hostArray([0.9], [])],
        backend,
      );

    it.each([
      { blocks: 1, jumps: 5 },
      { blocks: 3, jumps: 1 },
      { blocks: 2, jumps: 0 },
    ])("is the derivative for every sample, with $blocks blocks of $jumps jumps", async ({ blocks, jumps }) => {
      const t = random.uniformArray([12]);
      const size = 12 / blocks;
      const r = hostArray(
        t.data.map((late, i) => (i % size < jumps ? late * 0.3 : late)),
        [12],
      );
      const cut = await both(r, t, { blocks, jumps });
      const every = await both(r, t, { jumps: 12 });
      cut.forEach((result, i) => expect(relativeError(result, every[i])).toBeLessThan(1e-5));
    });
  });
});
