import { determinant, Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import {
  constant,
  matmul,
  type NDArray,
  sub,
  transpose as transposed,
  valueAndGradient,
} from "../../src/array/index.js";
import { adapterObjective } from "../../src/vfm/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { alignedRoot, bestAdapter, type LinearAdapter, noisePosterior, symmetricRoot } from "./adapter.js";
import { negativeEvidence } from "./objective.js";
import { correlatedPair as problem, lowerFactor } from "../../src/evaluate/calibration/linear-gaussian.js";
import {
  type Adapter,
  adapterArrays,
  adapterFunction,
  batchOf,
  close,
  largest,
  likelihood,
  matrixOf,
  settings,
  vector,
} from "../../test/support/exact-expectation.js";

const { mean } = problem;

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
          { x: seen, aty: seen, problem: c, eps: noise },
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
    // -E log p(y), and the cost of a diagonal covariance.
    const { precision } = noisePosterior(problem, root);
    const gap =
      (precision.diagonal().reduce((sum, entry) => sum + Math.log(entry), 0) - Math.log(determinant(precision))) / 2;
    close(value, [negativeEvidence(problem) + gap]);
    const other = await objective(root, { ...best, logSigma: best.logSigma.map((entry) => entry + 0.1) });
    expect(other.value.data[0]).toBeGreaterThan(value.data[0] + 0.005);
  });
});
