import { Matrix } from "ml-matrix";
import { expect } from "vitest";
import {
  add,
  hostArray,
  type HostArray,
  matmul,
  mul,
  type NDArray,
  perSample,
  sliceAxis,
  square,
  sub,
  sumPerSample,
  transpose as transposed,
} from "../../src/array/index.js";
import { type LinearAdapter } from "../../studies/linear-gaussian/adapter.js";
import { correlatedPair as problem, lowerFactor, timesVector } from "../../src/evaluate/calibration/linear-gaussian.js";
import { type MeanVelocity } from "../../src/flow/index.js";
import { type NoiseAdapter } from "../../src/vfm/index.js";

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
export const vector = (values: readonly number[]): HostArray => hostArray(values, [values.length]);
export const matrixOf = (matrix: Matrix): HostArray => hostArray(matrix.to1DArray(), [matrix.rows, matrix.columns]);

/** x, y - A m, eps and fresh noise at the nodes, each node once from the adapter and once not, for every pair of times. */
export function batchOf(times: readonly (readonly [r: number, t: number])[]) {
  const cases = times.flatMap(([r, t]) => nodes.flatMap((w) => [0, 0.99].map((uniform) => ({ w, uniform, r, t }))));
  const x = cases.map(({ w }) => timesVector(factor, w.slice(0, 2)).map((value, k) => value + mean.get(k, 0)));
  const seen = cases.map(({ w }, i) => [x[i][0] - mean.get(0, 0) + sigma * w[2]]);
  return {
    x: array(x),
    // The adapter is told y - A m, in the first coordinate.
    aty: array(seen.map(([value]) => [value, 0])),
    problem: hostArray(new Int32Array(cases.length), [cases.length]),
    eps: array(cases.map(({ w }) => w.slice(3, 5))),
    freshNoise: array(cases.map(({ w }) => w.slice(5, 7))),
    uniform: vector(cases.map(({ uniform }) => uniform)),
    r: vector(cases.map(({ r }) => r)),
    t: vector(cases.map(({ t }) => t)),
  };
}

/** [G | 0] and log sigma; u = (U + r U_r + t U_t) x + c + r c_r + t c_t. */
export type Adapter<T> = { gain: T; logSigma: T };
export type FlowMap<T> = { slope: T; slopeByR: T; slopeByT: T; offset: T; offsetByR: T; offsetByT: T };

export const adapterArrays = ({ gain, logSigma }: LinearAdapter): Adapter<HostArray> => ({
  gain: hostArray(
    gain.to1DArray().flatMap((value) => [value, 0]),
    [2, 2],
  ),
  logSigma: vector(logSigma),
});

export const flowMapArrays = (parts: Partial<Record<keyof FlowMap<unknown>, Matrix>>): FlowMap<HostArray> => {
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

export const adapterFunction =
  ({ gain, logSigma }: Adapter<NDArray>): NoiseAdapter =>
  (aty) => ({ mean: matmul(aty, transposed(gain)), logSigma: add(mul(aty, 0), logSigma) });

export const velocityFunction =
  (of: FlowMap<NDArray>): MeanVelocity =>
  (x, r, t) => {
    const part = (slope: NDArray, offset: NDArray): NDArray => add(matmul(x, transposed(slope)), offset);
    return add(
      part(of.slope, of.offset),
      add(mul(perSample(r, x), part(of.slopeByR, of.offsetByR)), mul(perSample(t, x), part(of.slopeByT, of.offsetByT))),
    );
  };

export const likelihood = (aty: NDArray) => (x: NDArray) => {
  const miss = sub(add(sliceAxis(aty, 1, 0, 1), mean.get(0, 0)), sliceAxis(x, 1, 0, 1));
  return mul(sumPerSample(square(miss)), 1 / (2 * sigma ** 2));
};

export const settings = { reduction: "sum", observationWeight: 1, klWeight: 1, observationSteps: 1 } as const;

export const close = (actual: HostArray, expected: readonly number[]): void => {
  const scale = Math.max(1, ...expected.map(Math.abs));
  expect(actual.data.length).toBe(expected.length);
  expected.forEach((value, i) => expect(Math.abs(actual.data[i] - value) / scale).toBeLessThan(2e-5));
};
export const largest = (array: HostArray): number => Math.max(...Array.from(array.data, Math.abs));
export const withZeros = (gain: Matrix): number[] => gain.to1DArray().flatMap((value) => [value, 0]);
