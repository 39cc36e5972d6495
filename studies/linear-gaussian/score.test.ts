import { Matrix } from "ml-matrix";
import { describe, expect, it } from "vitest";
import {
  constant,
  hostArray,
  type HostArray,
  matmul,
  type NDArray,
  randomSource,
  sub,
  transpose as transposed,
  valueAndGradient,
} from "../../src/array/index.js";
import { compile } from "../../src/compile/index.js";
import { adapterObjective, type ScoreSettings } from "../../src/vfm/index.js";
import {
  type Adapter,
  adapterArrays,
  adapterFunction,
  likelihood,
  matrixOf,
  vector,
} from "../../test/support/exact-expectation.js";
import { alignedRoot, bestAdapter, type LinearAdapter, sampledPosterior, symmetricRoot } from "./adapter.js";
import {
  correlatedPair as problem,
  exactPosterior,
  lowerFactor,
  timesVector,
} from "../../src/evaluate/calibration/linear-gaussian.js";
import { expectedScores, type ScoreName } from "./score.js";

const { mean, sigma } = problem;

/** Pairs of x and y with the noise of two draws; A^T y contains y - A m in the first coordinate. */
function drawBatch(count: number, seed: number) {
  const random = randomSource(seed, "scores of a linear Gaussian");
  const factor = lowerFactor(problem.covariance);
  const x = new Float32Array(2 * count);
  const aty = new Float32Array(2 * count);
  for (let i = 0; i < count; i++) {
    const centred = timesVector(factor, [random.normal(), random.normal()]);
    centred.forEach((value, k) => (x[2 * i + k] = value + mean.get(k, 0)));
    aty[2 * i] = centred[0] + sigma * random.normal();
  }
  return {
    x: hostArray(x, [count, 2]),
    aty: hostArray(aty, [count, 2]),
    problem: hostArray(new Int32Array(count), [count]),
    eps: random.normalArray([count, 2]),
    furtherEps: random.normalArray([count, 2]),
  };
}

type Batch = { [name in keyof ReturnType<typeof drawBatch>]: NDArray };

/**
 * The project's objective of the adapter alone with one score, and its gradient with respect to G's first column and
 * log sigma.
 */
async function objectiveOf(map: Matrix, name: ScoreName, batch: ReturnType<typeof drawBatch>) {
  const weight = { draws: 2, pixelWeight: 0, energyWeight: 0, priorWeight: 0, [`${name}Weight`]: 1 } as ScoreSettings;
  const slope = matrixOf(Matrix.sub(Matrix.eye(2), map));
  const fn = (theta: Adapter<NDArray>, u: NDArray, { aty, ...given }: Batch) =>
    valueAndGradient((of: Adapter<NDArray>) =>
      adapterObjective(
        {
          observationMeanVelocity: (z) => sub(matmul(z, transposed(u)), constant(vector(mean.to1DArray()))),
          adapter: adapterFunction(of),
        },
        { ...given, aty },
        likelihood(aty),
        { reduction: "sum", observationWeight: 0, klWeight: 0, observationSteps: 1, score: weight },
      ),
    )(theta);
  const first = adapterArrays({ gain: Matrix.zeros(2, 1), logSigma: [0, 0] });
  const compiled = await compile(fn, [first, slope, batch], { backend: "onnx" });
  return {
    at: async (adapter: LinearAdapter) => {
      const { value, gradient } = await compiled.run(adapterArrays(adapter), slope, batch);
      const column = ({ data }: HostArray): number[] => [data[0], data[2]];
      return { value: value.data[0], gain: column(gradient.gain), logSigma: [...gradient.logSigma.data] };
    },
    dispose: () => compiled.dispose(),
  };
}

const shifted = ({ gain, logSigma }: LinearAdapter, by: readonly number[]): LinearAdapter => ({
  gain: Matrix.columnVector(gain.to1DArray().map((value, i) => value + by[i])),
  logSigma: logSigma.map((value, i) => value + by[i + 2]),
});
const along = (index: number, by: number): number[] => [0, 1, 2, 3].map((i) => (i === index ? by : 0));

describe.each(["pixel", "energy"] as const)("the %s score of the project's objective", (name) => {
  it("has the closed form's value and gradient", async () => {
    const count = 100_000;
    const map = symmetricRoot(problem.covariance);
    const adapter = shifted(bestAdapter(problem, map), [0.2, -0.3, 0.4, -0.5]);
    const objective = await objectiveOf(map, name, drawBatch(count, 1));
    const { value, gain, logSigma } = await objective.at(adapter);
    await objective.dispose();
    const expected = (by: readonly number[]): number => expectedScores(problem, map, shifted(adapter, by))[name];
    // A sample's score and derivatives have standard deviations below 1.5: five standard errors.
    const tolerance = (5 * 1.5) / Math.sqrt(count);
    expect(Math.abs(value - expected([0, 0, 0, 0]))).toBeLessThan(tolerance);
    const slopes = [0, 1, 2, 3].map((i) => (expected(along(i, 1e-4)) - expected(along(i, -1e-4))) / 2e-4);
    [...gain, ...logSigma].forEach((slope, i) => expect(Math.abs(slope - slopes[i])).toBeLessThan(tolerance));
    expect(Math.max(...slopes.map(Math.abs))).toBeGreaterThan(4 * tolerance);
  });

  it("is least at the exact posterior where the family of adapters contains it", async () => {
    const map = alignedRoot(problem);
    const objective = await objectiveOf(map, name, drawBatch(20_000, 2));
    let adapter: LinearAdapter = { gain: Matrix.zeros(2, 1), logSigma: [-1, 0.5] };
    for (let step = 0; step < 100; step++) {
      const { gain, logSigma } = await objective.at(adapter);
      adapter = shifted(
        adapter,
        [...gain, ...logSigma].map((slope) => -0.8 * slope),
      );
    }
    await objective.dispose();
    const [found, exact] = [sampledPosterior(map, adapter), exactPosterior(problem)];
    // Sampling errors of 20,000 samples.
    expect(Matrix.sub(found.gain, exact.gain).norm("frobenius")).toBeLessThan(0.03);
    expect(Matrix.sub(found.covariance, exact.covariance).norm("frobenius")).toBeLessThan(0.06);
  });
});
