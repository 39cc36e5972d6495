import { inverse, Matrix } from "ml-matrix";
import { randomSource } from "../../array/index.js";
import { type PosteriorSampler, type Simulations, type Table } from "../../metrics/calibration/index.js";
import {
  correlatedPair,
  drawGaussian,
  exactPosterior,
  type LinearGaussian,
  lowerFactor,
} from "../linear-gaussian/index.js";
import { type CalibrationTarget } from "./target.js";

/** How a broken sampler departs from the exact posterior N(m + gain (y - A m), covariance). */
interface Departure {
  /** Factor on the standard deviations. */
  scale?: number;
  /** Added to the mean, in standard deviations of the posterior. */
  shift?: number;
}

/**
 * Simulations of the linear-Gaussian case with its exact sampler and four broken ones: the posterior too narrow and too
 * wide by 20 %, shifted by 20 % of its standard deviations, and the prior in its place.
 */
export function linearGaussianTarget(
  count: number,
  seed: number,
  problem: LinearGaussian = correlatedPair,
): CalibrationTarget {
  const { mean, covariance, operator, sigma } = problem;
  const prior = lowerFactor(covariance);
  const drawPrior = (name: string): Float64Array => {
    const random = randomSource(seed, "linear-gaussian", name);
    return Float64Array.from(Array.from({ length: count }, () => drawGaussian(mean, prior, random)).flat());
  };
  const truths = drawPrior("truth");
  const observations = observe(truths, problem, seed);
  const simulations: Simulations = { count, truths, observations };
  const dimensions = mean.rows;

  return {
    title: "Linear-Gaussian case",
    simulations,
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
    names: Array.from({ length: dimensions }, (_, k) => `x${k + 1}`),
    logLikelihood: (x, y) => {
      const predicted = operator.mmul(Matrix.columnVector(Array.from(x)));
      return -predicted.to1DArray().reduce((sum, value, i) => sum + (y[i] - value) ** 2, 0) / (2 * sigma ** 2);
    },
    references: drawPrior("reference"),
    observedReferences: nearObservations(drawPrior("observed reference"), observations, problem),
  };
}

/** y = A x + sigma eps of every truth. */
function observe(truths: Float64Array, { mean, operator, sigma }: LinearGaussian, seed: number): Float64Array {
  const random = randomSource(seed, "linear-gaussian", "observation");
  const size = mean.rows;
  const rows = Array.from({ length: truths.length / size }, (_, i) => {
    const x = Matrix.columnVector(Array.from(truths.subarray(i * size, (i + 1) * size)));
    return operator.mmul(x).to1DArray();
  });
  return Float64Array.from(rows.flat(), (value) => value + sigma * random.normal());
}

/** Points of the prior moved along A^T until they would be observed as y: r + A^T (A A^T)^-1 (y - A r). */
function nearObservations(points: Float64Array, observations: Table, { mean, operator }: LinearGaussian): Float64Array {
  const [size, width] = [mean.rows, operator.rows];
  const back = operator.transpose().mmul(inverse(operator.mmul(operator.transpose())));
  const rows = Array.from({ length: points.length / size }, (_, i) => {
    const point = Matrix.columnVector(Array.from(points.subarray(i * size, (i + 1) * size)));
    const y = Matrix.columnVector(Array.from(observations.subarray(i * width, (i + 1) * width)));
    return Matrix.add(point, back.mmul(Matrix.sub(y, operator.mmul(point)))).to1DArray();
  });
  return Float64Array.from(rows.flat());
}

function posteriorSampler(problem: LinearGaussian, { scale = 1, shift = 0 }: Departure = {}): PosteriorSampler {
  const { mean, operator } = problem;
  const { gain, covariance } = exactPosterior(problem);
  const factor = lowerFactor(covariance).mul(scale);
  const offset = Matrix.columnVector(covariance.diagonal().map((variance) => shift * Math.sqrt(variance)));
  const centre = (y: Matrix): Matrix => Matrix.add(mean, gain.mmul(Matrix.sub(y, operator.mmul(mean)))).add(offset);
  return gaussianSampler(operator.rows, centre, factor);
}

function priorSampler({ mean, covariance, operator }: LinearGaussian): PosteriorSampler {
  return gaussianSampler(operator.rows, () => mean, lowerFactor(covariance));
}

/** The sampler of N(centre(y), factor factor^T), y in R^width. */
function gaussianSampler(width: number, centre: (y: Matrix) => Matrix, factor: Matrix): PosteriorSampler {
  return async (observations, samples, seed) => {
    const random = randomSource(seed, "linear-gaussian", "samples");
    const size = factor.rows;
    const count = observations.length / width;
    const drawn = new Float64Array(count * samples * size);
    for (let i = 0; i < count; i++) {
      const mean = centre(Matrix.columnVector(Array.from(observations.subarray(i * width, (i + 1) * width))));
      for (let j = 0; j < samples; j++) drawn.set(drawGaussian(mean, factor, random), (i * samples + j) * size);
    }
    return drawn;
  };
}
