import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import {
  add,
  hostArray,
  matmul,
  mean as average,
  mul,
  type NDArray,
  transpose as transposed,
  valueAndGradient,
} from "../../src/array/index.js";
import { flowMatchingLoss } from "../../src/flow/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { bestAdapter, type LinearAdapter, symmetricRoot } from "./adapter.js";
import { meanFlowTerm, mixedCoupling } from "./mean-flow.js";
import { correlatedPair as problem } from "../../src/evaluate/calibration/linear-gaussian.js";
import { transport, velocitySlope } from "./transport.js";
import { batchOf, largest, matrixOf, vector } from "../../test/support/exact-expectation.js";

const { mean } = problem;

describe("the project's flow-matching loss", () => {
  it.each([0, 0.5, 1])("is least at the closed form's velocity of the coupling (alpha %d)", async (alpha) => {
    const adapter: LinearAdapter = { gain: Matrix.columnVector([0.7, -0.2]), logSigma: [-0.5, 0.1] };
    const t = 0.35;
    const { x, aty, eps, freshNoise, uniform } = batchOf([[t, t]]);
    const shares = Array.from(uniform.data, (value) => (value < 0.5 ? 2 * alpha : 2 * (1 - alpha)));
    const deviations = adapter.logSigma.map(Math.exp);
    const z = Float32Array.from(eps.data, (value, i) =>
      uniform.data[i >> 1] < 0.5
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
