import {
  concatenate,
  constant,
  mul,
  neg,
  type NDArray,
  type RandomSource,
  sizeOf,
  sliceAxis,
  splitAxis,
  square,
  sub,
  sumPerSample,
} from "../../array/index.js";
import { type Problem, problemClasses, type TracedParameters } from "../../operators/index.js";
import { constantResidual, type ObservationUpdate, traceUpdate, type UpdateNoise } from "../../vfm/index.js";
import { mapValues } from "../object-entries.js";
import { type HostBatch, type TracedBatch } from "../step.js";

/** Observations of a batch that is cut into equal consecutive blocks, one for each problem. */
export interface BatchObservations {
  /** A^T y of every sample, of the images' shape. */
  aty: NDArray;
  /** The class of every sample's problem, int32 [B]. */
  problem: NDArray;
  /**
   * `draws` samples of each observation, [draws * B, ...], one draw after the other, after the update of each problem that
   * has one, with noise that `drawUpdateNoise` drew.
   */
  updated(samples: NDArray, draws: number, updates: Updates, noise: TracedBatch): NDArray;
  /** -log p(y | x) of every sample, or its replacement in the "transposed" space: [B, ...] -> [B]. */
  negativeLogLikelihood(x: NDArray): NDArray;
}

/** Draws the masks, kernels and noise for the observation of `size` samples of each problem. */
export function drawObservations(
  problems: readonly Problem[],
  size: number,
  sampleShape: readonly number[],
  random: RandomSource,
): HostBatch {
  const drawn = problems.map(({ name, observation }) => {
    const parameters = observation.operator.draw(size, sampleShape, random);
    const noise = observation.drawNoise([size, ...observation.operator.observationShape(sampleShape)], random);
    return [name, { parameters, noise }];
  });
  return Object.fromEntries(drawn) as HostBatch;
}

/** How samples of a problem are conditioned on their observation once more, by the problem's name. */
export type Updates = ReadonlyMap<string, ObservationUpdate>;

/** Draws the noise of `updated` for `draws` samples of each of `size` observations of every problem that has an update. */
export function drawUpdateNoise(
  problems: readonly Problem[],
  updates: Updates,
  { draws, size }: { draws: number; size: number },
  sampleShape: readonly number[],
  random: RandomSource,
): HostBatch {
  const drawn = problems
    .filter(({ name }) => updates.get(name)?.residual !== undefined)
    .map(({ name, observation: { operator } }) => {
      const residual = random.normalArray([draws * size, sizeOf(sampleShape)]);
      return [
        name,
        { residual, observation: random.normalArray([draws * size, ...operator.observationShape(sampleShape)]) },
      ];
    });
  return Object.fromEntries(drawn) as HostBatch;
}

/**
 * The space in which observations are compared: that of y, or that of images after the transpose, as published for
 * images.
 */
export type ObservationSpace = "observation" | "transposed";

/**
 * Observes each block of the data x [B, ...] with its problem, and with what `drawObservations` drew.
 *
 * In the "transposed" space the negative log-likelihood is ||A^T A x - A^T y||^2 / (2 sigma^2), a sum over the image.
 */
export function observeBatch(
  problems: readonly Problem[],
  x: NDArray,
  drawn: TracedBatch,
  space: ObservationSpace = "observation",
): BatchObservations {
  const shape = x.shape.slice(1);
  const size = x.shape[0] / problems.length;
  const block = (array: NDArray, index: number): NDArray => sliceAxis(array, 0, index * size, (index + 1) * size);
  const observed = problems.map(({ name, observation }, index) => {
    const { parameters, noise } = drawn[name] as unknown as { parameters: TracedParameters; noise: NDArray };
    const y = observation.observe(block(x, index), noise, parameters);
    return { y, aty: observation.operator.transpose(y, parameters, shape), parameters };
  });
  const misfit = ({ observation }: Problem, index: number, guess: NDArray): NDArray => {
    const { y, aty, parameters } = observed[index];
    if (space === "observation") return neg(observation.logLikelihood(y, guess, parameters));
    const { forward, transpose } = observation.operator;
    const difference = sub(transpose(forward(guess, parameters), parameters, shape), aty);
    return mul(sumPerSample(square(difference)), 1 / (2 * observation.sigma ** 2));
  };
  const classes = problemClasses(problems).flatMap((its) => new Array<number>(size).fill(its));
  return {
    aty: concatenate(observed.map(({ aty }) => aty)),
    problem: constant({ shape: [classes.length], data: Int32Array.from(classes) }),
    updated: (samples, draws, updates, noise) => {
      const perDraw = splitAxis(samples, draws, 0);
      const repeated = (array: NDArray): NDArray => concatenate(perDraw.map(() => array));
      // All draws of a problem are updated in one call; then they are put back in the order of the draws.
      const ofProblems = problems.map((problem, index) => {
        const own = perDraw.map((draw) => block(draw, index));
        const residual = updates.get(problem.name)?.residual;
        if (residual === undefined) return own;
        const { y, parameters } = observed[index];
        const drawn = noise[problem.name] as unknown as UpdateNoise;
        const given = mapValues(parameters, repeated);
        const together = concatenate(own);
        return splitAxis(
          traceUpdate(together, repeated(y), given, problem, constantResidual(residual), drawn),
          draws,
          0,
        );
      });
      return concatenate(perDraw.flatMap((_, draw) => ofProblems.map((own) => own[draw])));
    },
    negativeLogLikelihood: (guess) =>
      concatenate(problems.map((problem, index) => misfit(problem, index, block(guess, index)))),
  };
}
