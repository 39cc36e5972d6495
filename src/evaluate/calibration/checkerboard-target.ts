import { hostArray, randomSource } from "../../array/index.js";
import { drawCheckerboard, drawCheckerboardPosterior } from "../../data/index.js";
import { InputError } from "../../errors.js";
import { type TableSampler } from "../../metrics/calibration/index.js";
import { observationOf } from "../../operators/index.js";
import { type LoadedModel } from "../../checkpoint/index.js";
import { trainingDataOf } from "../../train/configuration/index.js";
import { samplePosterior } from "../../vfm/index.js";
import { type CalibrationTarget } from "./target.js";

/** Standard deviation of the observation's noise in the published setting. */
const publishedSigma = 0.1;

/** A trained model, and the number of evaluations of its flow map for each sample. */
export interface SteppedModel extends LoadedModel {
  readonly steps: number;
}

/**
 * Simulations of the checkerboard, of which the first coordinate is observed, with its exact sampler (by rejection),
 * the prior as a sampler, and a trained model if one is given.
 *
 * @throws InputError if the model is not one of the checkerboard
 */
export function checkerboardTarget(count: number, seed: number, model?: SteppedModel): CalibrationTarget {
  const sigma = model === undefined ? publishedSigma : sigmaOf(model);
  const draw = (name: string): Float32Array =>
    drawCheckerboard(count, randomSource(seed, "checkerboard calibration", name)).data as Float32Array;
  const truths = draw("truth");
  const noise = randomSource(seed, "checkerboard calibration", "noise");
  const observations = Float32Array.from({ length: count }, (_, i) => truths[2 * i] + sigma * noise.normal());
  return {
    title: "Checkerboard",
    simulations: { count, truths, observations },
    samplers: {
      exact: { sample: rejectionSampler(sigma), description: "the exact posterior, by rejection", exact: true },
      prior: { sample: priorSampler, description: "the prior, whatever was observed", exact: false },
      ...(model === undefined ? {} : { checkpoint: { sample: modelSampler(model), description: "the trained model" } }),
    },
    names: ["x1", "x2"],
    logLikelihood: ([x1], [y]) => -((y - x1) ** 2) / (2 * sigma ** 2),
    references: draw("reference"),
    observedReferences: draw("observed reference").map((value, k) => (k % 2 === 0 ? observations[k / 2] : value)),
  };
}

function sigmaOf({ metadata, problems }: LoadedModel): number {
  const { adapter } = metadata.model;
  if (trainingDataOf(metadata)?.kind === "checkerboard" && adapter !== undefined && problems.length > 0)
    return problems[0].observation.sigma;
  throw new InputError(
    "the checkpoint is not a checkerboard's with a noise adapter: give one of the experiment's runs",
  );
}

function rejectionSampler(sigma: number): TableSampler {
  return async (observations, samples, seed) => {
    const random = randomSource(seed, "checkerboard calibration", "exact");
    const drawn = new Float32Array(observations.length * samples * 2);
    observations.forEach((y, i) =>
      drawn.set(drawCheckerboardPosterior(y, sigma, samples, random).data, i * samples * 2),
    );
    return drawn;
  };
}

const priorSampler: TableSampler = async (observations, samples, seed) =>
  drawCheckerboard(observations.length * samples, randomSource(seed, "checkerboard calibration", "prior"))
    .data as Float32Array;

function modelSampler({ model, problems, steps }: SteppedModel): TableSampler {
  return async (observations, samples, seed) => {
    const y = hostArray(Float32Array.from(observations), [observations.length, 1]);
    const observation = await observationOf(problems[0], y, { image: model.sampleShape });
    const drawn = await samplePosterior(model, observation, { samples, steps, seed, batchSize: 2048 });
    return drawn.samples.data as Float32Array;
  };
}
