import { determinant, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import {
  add,
  constant,
  hostArray,
  type HostArray,
  matmul,
  mean as average,
  mul,
  type NDArray,
  perSample,
  sliceAxis,
  square,
  stopGradient,
  sub,
  sumPerSample,
  transpose as transposed,
  valueAndGradient,
} from "../../array/index.js";
import { flowMatchingLoss, type MeanVelocity } from "../../flow/index.js";
import { adapterObjective, type JointBatch, jointObjective, type NoiseAdapter } from "../../vfm/index.js";
import { evaluate } from "../../../test/support/evaluate.js";
import { alignedRoot, bestAdapter, type LinearAdapter, noisePosterior, symmetricRoot } from "./adapter.js";
import { jointEquilibrium } from "./joint.js";
import { type Coupling, meanFlowTerm, mixedCoupling } from "./mean-flow.js";
import { klTerm, negativeEvidence, observationTerm } from "./objective.js";
import { correlatedPair as problem, lowerFactor, timesVector } from "./problem.js";
import { transport, velocitySlope } from "./transport.js";

// The project's objective on a batch whose mean is an exact expectation. Everything that is random in a sample, w = (x's
// and y's noise, eps, fresh noise), is standard normal in R^7, and the losses of linear networks are quadratic in w: the
// mean over the 14 points +-sqrt(7) e_i is the expectation, without any sampling error.

const { mean, sigma } = problem;
const randoms = 7;
const factor = lowerFactor(problem.covariance);
const nodes = Array.from({ length: 2 * randoms }, (_, i) =>
  Array.from({ length: randoms }, (__, k) => (k === i >> 1 ? (i % 2 === 0 ? 1 : -1) * Math.sqrt(randoms) : 0)),
);

const array = (rows: readonly ArrayLike<number>[]): HostArray =>
  hostArray(
    rows.flatMap((row) => Array.from(row)),
    [rows.length, rows[0].length],
  );
const vector = (values: readonly number[]): HostArray => hostArray(values, [values.length]);
const matrixOf = (matrix: Matrix): HostArray => hostArray(matrix.to1DArray(), [matrix.rows, matrix.columns]);

/** x, y - A m, eps and fresh noise at the nodes, each node once from the adapter and once not, for every pair of times. */
function batchOf(times: readonly (readonly [r: number, t: number])[]) {
  const cases = times.flatMap(([r, t]) => nodes.flatMap((w) => [0, 0.99].map((keep) => ({ w, keep, r, t }))));
  const x = cases.map(({ w }) => timesVector(factor, w.slice(0, 2)).map((value, k) => value + mean.get(k, 0)));
  const seen = cases.map(({ w }, i) => [x[i][0] - mean.get(0, 0) + sigma * w[2]]);
  return {
    x: array(x),
    // The adapter is told y - A m, in the first coordinate.
    aty: array(seen.map(([value]) => [value, 0])),
    problem: hostArray(new Int32Array(cases.length), [cases.length]),
    eps: array(cases.map(({ w }) => w.slice(3, 5))),
    freshNoise: array(cases.map(({ w }) => w.slice(5, 7))),
    keep: vector(cases.map(({ keep }) => keep)),
    r: vector(cases.map(({ r }) => r)),
    t: vector(cases.map(({ t }) => t)),
  };
}

/** [G | 0] and log sigma; u = (U + r U_r + t U_t) x + c + r c_r + t c_t. */
type Adapter<T> = { gain: T; logSigma: T };
type FlowMap<T> = { slope: T; slopeByR: T; slopeByT: T; offset: T; offsetByR: T; offsetByT: T };

const adapterArrays = ({ gain, logSigma }: LinearAdapter): Adapter<HostArray> => ({
  gain: hostArray(
    gain.to1DArray().flatMap((value) => [value, 0]),
    [2, 2],
  ),
  logSigma: vector(logSigma),
});

const flowMapArrays = (parts: Partial<Record<keyof FlowMap<unknown>, Matrix>>): FlowMap<HostArray> => {
  const slope = (name: keyof FlowMap<unknown>) => matrixOf(parts[name] ?? Matrix.zeros(2, 2));
  const offset = (name: keyof FlowMap<unknown>) => vector((parts[name] ?? Matrix.zeros(2, 1)).to1DArray());
  return {
    slope: slope("slope"),
    slopeByR: slope("slopeByR"),
    slopeByT: slope("slopeByT"),
    offset: offset("offset"),
    offsetByR: offset("offsetByR"),
    offsetByT: offset("offsetByT"),
  };
};

const adapterFunction =
  ({ gain, logSigma }: Adapter<NDArray>): NoiseAdapter =>
  (aty) => ({ mean: matmul(aty, transposed(gain)), logSigma: add(mul(aty, 0), logSigma) });

const velocityFunction =
  (of: FlowMap<NDArray>): MeanVelocity =>
  (x, r, t) => {
    const part = (slope: NDArray, offset: NDArray): NDArray => add(matmul(x, transposed(slope)), offset);
    return add(
      part(of.slope, of.offset),
      add(mul(perSample(r, x), part(of.slopeByR, of.offsetByR)), mul(perSample(t, x), part(of.slopeByT, of.offsetByT))),
    );
  };

const likelihood = (aty: NDArray) => (x: NDArray) => {
  const miss = sub(add(sliceAxis(aty, 1, 0, 1), mean.get(0, 0)), sliceAxis(x, 1, 0, 1));
  return mul(sumPerSample(square(miss)), 1 / (2 * sigma ** 2));
};

const settings = { reduction: "sum", observationWeight: 1, klWeight: 1, observationSteps: 1 } as const;

interface JointCase {
  times: readonly (readonly [r: number, t: number])[];
  /** How many of the times, the first ones, have r < t. */
  jumps: number;
  tau: number;
  /** The noise is detached, and the observation term trains the adapter alone. */
  detached?: boolean;
  backend?: "jax" | "onnx";
}

/** Value and gradient of the project's joint objective. */
async function joint(
  flowMap: FlowMap<HostArray>,
  adapter: Adapter<HostArray>,
  { times, jumps, tau, detached = false, backend = "jax" }: JointCase,
) {
  const batch = { ...batchOf(times), tau: hostArray([tau], []) };
  const fn = (
    theta: { flowMap: FlowMap<NDArray>; adapter: Adapter<NDArray> },
    given: JointBatch & Record<string, NDArray>,
  ) =>
    valueAndGradient((of: typeof theta) => {
      const fixed = Object.fromEntries(
        Object.entries(of.flowMap).map(([name, value]) => [name, stopGradient(value)]),
      ) as FlowMap<NDArray>;
      const networks = {
        meanVelocity: velocityFunction(of.flowMap),
        observationMeanVelocity: velocityFunction(detached ? fixed : of.flowMap),
        adapter: adapterFunction(of.adapter),
      };
      return jointObjective(networks, given, likelihood(given.aty), {
        ...settings,
        alpha: 0.5,
        detachNoise: detached,
        jumps: jumps * (batch.keep.data.length / times.length),
      });
    })(theta);
  return evaluate(fn, [{ flowMap, adapter }, batch], backend);
}

const close = (actual: HostArray, expected: readonly number[]): void => {
  const scale = Math.max(1, ...expected.map(Math.abs));
  expect(actual.data.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual.data[i] - value) / scale).toBeLessThan(2e-5));
};
const largest = (array: HostArray): number => Math.max(...Array.from(array.data, Math.abs));
const withZeros = (gain: Matrix): number[] => gain.to1DArray().flatMap((value) => [value, 0]);

describe("the project's joint objective in the linear-Gaussian case", () => {
  const adapter: LinearAdapter = { gain: Matrix.columnVector([0.7, -0.2]), logSigma: [-0.5, 0.1] };
  const parts = {
    slope: new Matrix([
      [0.3, -0.4],
      [0.2, 0.1],
    ]),
    slopeByR: new Matrix([
      [0.5, 0],
      [-0.3, 0.2],
    ]),
    slopeByT: new Matrix([
      [-0.2, 0.6],
      [0.1, 0.4],
    ]),
    offset: Matrix.columnVector([-0.3, 0.2]),
    offsetByR: Matrix.columnVector([0.4, 0.1]),
    offsetByT: Matrix.columnVector([0.2, -0.5]),
  };
  const times = [
    [0.1, 0.8],
    [0, 1],
    [0.4, 0.4],
  ] as const;
  const tau = 0.7;
  const alpha = 0.5;

  it.each(["jax", "onnx"] as const)("equals the closed form, its gradients too (%s)", async (backend) => {
    const { value, gradient } = await joint(flowMapArrays(parts), adapterArrays(adapter), {
      times,
      jumps: 2,
      tau,
      backend,
    });
    const at = (name: "slope" | "offset", r: number, t: number): Matrix =>
      Matrix.add(parts[name], Matrix.mul(parts[`${name}ByR`], r)).add(Matrix.mul(parts[`${name}ByT`], t));
    const flowMap = { map: Matrix.sub(Matrix.eye(2), at("slope", 0, 1)), offset: Matrix.mul(at("offset", 0, 1), -1) };
    const observation = observationTerm(problem, flowMap, adapter);
    const kl = klTerm(problem, adapter);
    const flows = times.map(([r, t]) => ({
      r,
      t,
      ...meanFlowTerm(
        problem,
        adapter,
        alpha,
        {
          slope: at("slope", r, t),
          slopeRate: parts.slopeByT,
          offset: at("offset", r, t),
          offsetRate: parts.offsetByT,
        },
        [r, t],
      ),
    }));
    const weight = 1 / (2 * tau ** 2 * times.length);
    const sum = (of: (flow: (typeof flows)[number]) => Matrix): Matrix =>
      flows
        .map(of)
        .reduce((total, term) => Matrix.add(total, term))
        .mul(weight);

    close(value, [flows.reduce((total, flow) => total + weight * flow.value, 0) + observation.value + kl.value]);
    close(
      gradient.adapter.gain,
      withZeros(
        sum((flow) => flow.adapter.gain)
          .add(observation.adapter.gain)
          .add(kl.adapter.gain),
      ),
    );
    close(
      gradient.adapter.logSigma,
      adapter.logSigma.map(
        (_, i) =>
          flows.reduce((total, flow) => total + weight * flow.adapter.logSigma[i], 0) +
          observation.adapter.logSigma[i] +
          kl.adapter.logSigma[i],
      ),
    );
    // f(z) = (I - U(0, 1)) z - c(0, 1).
    close(
      gradient.flowMap.slope,
      sum((flow) => flow.slope)
        .sub(observation.flowMap.map)
        .to1DArray(),
    );
    close(gradient.flowMap.slopeByR, sum((flow) => Matrix.mul(flow.slope, flow.r)).to1DArray());
    close(
      gradient.flowMap.slopeByT,
      sum((flow) => Matrix.mul(flow.slope, flow.t))
        .sub(observation.flowMap.map)
        .to1DArray(),
    );
    close(
      gradient.flowMap.offset,
      sum((flow) => flow.offset)
        .sub(observation.flowMap.offset)
        .to1DArray(),
    );
    close(gradient.flowMap.offsetByR, sum((flow) => Matrix.mul(flow.offset, flow.r)).to1DArray());
    close(
      gradient.flowMap.offsetByT,
      sum((flow) => Matrix.mul(flow.offset, flow.t))
        .sub(observation.flowMap.offset)
        .to1DArray(),
    );
  });

  it("rests where the transport and the best adapter fit each other, with z and the observation's flow map detached", async () => {
    const { map, adapter: best } = jointEquilibrium(problem, alpha);
    const gradientAt = async (k: Matrix, q: LinearAdapter, coupling: Coupling) => {
      // The mean velocity from t to 0 and its derivative at t = 1, from the transport's matrix equation.
      const slope = Matrix.sub(Matrix.eye(2), k);
      const rate = k.mmul(velocitySlope(problem, coupling, 1)).sub(slope);
      const drift = slope.mmul(mean);
      const flowMap = flowMapArrays({
        slope: Matrix.sub(slope, rate),
        slopeByT: rate,
        offset: Matrix.mul(mean, -1).sub(drift),
        offsetByT: drift,
      });
      const { gradient } = await joint(flowMap, adapterArrays(q), {
        times: [[0, 1]],
        jumps: 1,
        tau: 1,
        detached: true,
      });
      return {
        flowMap: Math.max(largest(gradient.flowMap.slope), largest(gradient.flowMap.offset)),
        adapter: Math.max(largest(gradient.adapter.gain), largest(gradient.adapter.logSigma)),
      };
    };
    const rest = await gradientAt(map, best, mixedCoupling(problem, best, alpha));
    expect(rest.flowMap).toBeLessThan(1e-4);
    expect(rest.adapter).toBeLessThan(1e-4);
    // The adapter alone has no gradient either, but the flow map of independent noise is not at rest with its coupling.
    const root = symmetricRoot(problem.covariance);
    const own = bestAdapter(problem, root);
    const alone = await gradientAt(root, own, mixedCoupling(problem, own, 0));
    expect(alone.adapter).toBeLessThan(1e-4);
    expect(alone.flowMap).toBeGreaterThan(0.05);
  });
});

describe("the project's objective of the adapter alone", () => {
  const objective = async (map: Matrix, adapter: LinearAdapter) => {
    const { aty, problem: classes, eps } = batchOf([[0, 1]]);
    const slope = matrixOf(Matrix.sub(Matrix.eye(2), map));
    const fn = (of: Adapter<NDArray>, u: NDArray, seen: NDArray, noise: NDArray, c: NDArray) =>
      valueAndGradient((theta: Adapter<NDArray>) =>
        adapterObjective(
          {
            observationMeanVelocity: (z) => sub(matmul(z, transposed(u)), constant(vector(mean.to1DArray()))),
            adapter: adapterFunction(theta),
          },
          { aty: seen, problem: c, eps: noise },
          likelihood(seen),
          settings,
        ),
      )(of);
    return evaluate(fn, [adapterArrays(adapter), slope, aty, eps, classes]);
  };

  it.each([
    ["the symmetric root", symmetricRoot(problem.covariance)],
    ["the triangular root", lowerFactor(problem.covariance)],
    ["the aligned root", alignedRoot(problem)],
  ])("is least at the closed form's adapter: %s", async (_, root) => {
    const best = bestAdapter(problem, root);
    const { value, gradient } = await objective(root, best);
    expect(largest(gradient.gain)).toBeLessThan(2e-5);
    expect(largest(gradient.logSigma)).toBeLessThan(2e-5);
    // -E log p(y), and what a diagonal covariance costs.
    const { precision } = noisePosterior(problem, root);
    const gap =
      (precision.diagonal().reduce((sum, entry) => sum + Math.log(entry), 0) - Math.log(determinant(precision))) / 2;
    close(value, [negativeEvidence(problem) + gap]);
    const other = await objective(root, { ...best, logSigma: best.logSigma.map((entry) => entry + 0.1) });
    expect(other.value.data[0]).toBeGreaterThan(value.data[0] + 0.005);
  });
});

describe("the project's flow-matching loss", () => {
  it.each([0, 0.5, 1])("is least at the closed form's velocity of the coupling (alpha %d)", async (alpha) => {
    const adapter: LinearAdapter = { gain: Matrix.columnVector([0.7, -0.2]), logSigma: [-0.5, 0.1] };
    const t = 0.35;
    const { x, aty, eps, freshNoise, keep } = batchOf([[t, t]]);
    const shares = Array.from(keep.data, (value) => (value < 0.5 ? 2 * alpha : 2 * (1 - alpha)));
    const deviations = adapter.logSigma.map(Math.exp);
    const z = Float32Array.from(eps.data, (value, i) =>
      keep.data[i >> 1] < 0.5
        ? adapter.gain.get(i % 2, 0) * aty.data[i - (i % 2)] + deviations[i % 2] * value
        : freshNoise.data[i],
    );
    const slope = velocitySlope(problem, mixedCoupling(problem, adapter, alpha), t);
    const offset = slope
      .mmul(mean)
      .mul(-(1 - t))
      .sub(mean);
    const fn = (u: NDArray, c: NDArray, data: NDArray, noise: NDArray, weights: NDArray) =>
      valueAndGradient(({ u: of, c: by }: { u: NDArray; c: NDArray }): [NDArray, NDArray] => {
        const losses = flowMatchingLoss(
          (point) => add(matmul(point, transposed(of)), by),
          data,
          noise,
          mul(add(mul(weights, 0), 1), t),
          "sum",
        );
        return [average(mul(losses, weights)), losses];
      })({ u, c });
    const { gradient } = await evaluate(fn, [
      matrixOf(slope),
      vector(offset.to1DArray()),
      x,
      hostArray(z, x.shape),
      vector(shares),
    ]);
    expect(largest(gradient.u)).toBeLessThan(2e-5);
    expect(largest(gradient.c)).toBeLessThan(2e-5);
  });
});

describe("the mean-flow loss of the closed form", () => {
  it.each([
    [0, 1],
    [0.2, 0.7],
    [0.45, 0.5],
  ] as const)("has no gradient by the flow map at the coupling's transport, r = %d and t = %d", (r, t) => {
    const adapter = bestAdapter(problem, symmetricRoot(problem.covariance));
    const alpha = 0.5;
    const coupling = mixedCoupling(problem, adapter, alpha);
    const moved = transport(problem, coupling, r, t);
    const slope = Matrix.sub(Matrix.eye(2), moved).div(t - r);
    const slopeRate = Matrix.sub(moved.mmul(velocitySlope(problem, coupling, t)), slope).div(t - r);
    // u = (x_t - x_r) / (t - r), x_r = (1 - r) m + Phi (x_t - (1 - t) m).
    const offset = moved
      .mmul(mean)
      .mul(1 - t)
      .sub(Matrix.mul(mean, 1 - r))
      .div(t - r);
    const offsetRate = moved
      .mmul(velocitySlope(problem, coupling, t))
      .mmul(mean)
      .mul(-(1 - t))
      .sub(moved.mmul(mean))
      .sub(offset)
      .div(t - r);
    const term = meanFlowTerm(problem, adapter, alpha, { slope, slopeRate, offset, offsetRate }, [r, t]);
    expect(term.slope.norm("frobenius")).toBeLessThan(1e-6);
    expect(term.offset.norm("frobenius")).toBeLessThan(1e-6);
    const tilted = Matrix.add(slope, Matrix.eye(2).mul(0.1));
    const other = meanFlowTerm(problem, adapter, alpha, { slope: tilted, slopeRate, offset, offsetRate }, [r, t]);
    expect(other.slope.norm("frobenius")).toBeGreaterThan(0.01);
  });
});
