import { inverse, Matrix } from "ml-matrix";
import { randomSource } from "../../array/index.js";
import { type TableSampler, type Table } from "../../metrics/calibration/index.js";
import {
  correlatedPair,
  drawGaussian,
  exactPosterior,
  type LinearGaussian,
  lowerFactor,
  timesVector,
} from "./linear-gaussian.js";
import { type CalibrationTarget } from "./target.js";

/** How a broken sampler departs from the exact posterior N(m + gain (y - A m), covariance). */
interface Departure {
  /** Factor by which the standard deviations are multiplied. */
  scale?: number;
  /** Added to the mean, in standard deviations of the posterior. */
  shift?: number;
}

/**
 * Simulations of the linear-Gaussian case with its exact sampler and four wrong ones: the posterior too narrow and too
 * wide by 20 %, shifted by 20 % of its standard deviations, and the prior in place of the posterior.
 */
export function linearGaussianTarget(
  count: number,
  seed: number,
  problem: LinearGaussian = correlatedPair,
): CalibrationTarget {
  const { mean, covariance, operator, sigma } = problem;
  const [centre, factor] = [mean.to1DArray(), lowerFactor(covariance)];
  const drawPrior = (name: string): Float64Array => {
    const random = randomSource(seed, "linear-gaussian", name);
    return tableOf(count, () => drawGaussian(centre, factor, random));
  };
  const truths = drawPrior("truth");
  const noise = randomSource(seed, "linear-gaussian", "observation");
  const observations = tableOf(count, (i) =>
    timesVector(operator, rowOf(truths, i, mean.rows)).map((value) => value + sigma * noise.normal()),
  );
  return {
    title: "Linear-Gaussian case",
    simulations: { count, truths, observations },
    samplers: {
      exact: { sample: posteriorSampler(problem), description: "the exact posterior", exact: true },
      narrow: { sample: posteriorSampler(problem, { scale: 0.8 }), description: "20 % too narrow", exact: false },
      wide: { sample: posteriorSampler(problem, { scale: 1.2 }), description: "20 % too wide", exact: false },
      shifted: {
        sample: posteriorSampler(problem, { shift: 0.2 }),
        description: "shifted by 20 % of its standard deviations",
        exact: false,
      },
      prior: { sample: priorSampler(problem), description: "the prior, whatever was observed", exact: false },
    },
    names: centre.map((_, k) => `x${k + 1}`),
    logLikelihood: (x, y) => {
      const squares = timesVector(operator, x).map((value, i) => (y[i] - value) ** 2);
      return -squares.reduce((sum, square) => sum + square, 0) / (2 * sigma ** 2);
    },
    references: drawPrior("reference"),
    observedReferences: nearObservations(drawPrior("observed reference"), observations, problem),
  };
}

/** Points of the prior moved along A^T until their noiseless observation is y: r + A^T (A A^T)^-1 (y - A r). */
function nearObservations(points: Table, observations: Table, { mean, operator }: LinearGaussian): Float64Array {
  const [size, width] = [mean.rows, operator.rows];
  const back = operator.transpose().mmul(inverse(operator.mmul(operator.transpose())));
  return tableOf(points.length / size, (i) => {
    const point = rowOf(points, i, size);
    const observed = timesVector(operator, point);
    const missing = rowOf(observations, i, width).map((value, k) => value - observed[k]);
    const step = timesVector(back, missing);
    return Float64Array.from(point, (value, k) => value + step[k]);
  });
}

function posteriorSampler(problem: LinearGaussian, { scale = 1, shift = 0 }: Departure = {}): TableSampler {
  const { mean, operator } = problem;
  const { gain, covariance } = exactPosterior(problem);
  const deviations = Matrix.columnVector(covariance.diagonal().map(Math.sqrt));
  const fixed = Matrix.sub(mean, gain.mmul(operator).mmul(mean)).add(deviations.mul(shift)).to1DArray();
  return gaussianSampler(
    operator.rows,
    (y) => timesVector(gain, y).map((value, k) => value + fixed[k]),
    lowerFactor(covariance).mul(scale),
  );
}

function priorSampler({ mean, covariance, operator }: LinearGaussian): TableSampler {
  const centre = Float64Array.from(mean.to1DArray());
  return gaussianSampler(operator.rows, () => centre, lowerFactor(covariance));
}

/** The sampler of N(centre(y), factor factor^T), y in R^width. */
function gaussianSampler(width: number, centre: (y: Table) => Float64Array, factor: Matrix): TableSampler {
  return async (observations, samples, seed) => {
    const random = randomSource(seed, "linear-gaussian", "samples");
    return tableOf(observations.length / width, (i) => {
      const mean = centre(rowOf(observations, i, width));
      return tableOf(samples, () => drawGaussian(mean, factor, random));
    });
  };
}

/** A table of rows of equal length. */
function tableOf(rows: number, row: (index: number) => Float64Array): Float64Array {
  const first = row(0);
  const table = new Float64Array(rows * first.length);
  for (let i = 0; i < rows; i++) table.set(i === 0 ? first : row(i), i * first.length);
  return table;
}

function rowOf(table: Table, index: number, size: number): Table {
  return table.subarray(index * size, (index + 1) * size);
}
