import { checkShapes, hostArray, type NDArray, takeRows, type Tree } from "../array/index.js";
import { type CompileKey, compileWith, engineOf, ownerOf, sharedCache } from "../compile/index.js";
import { InputError, ShapeError } from "../errors.js";
import { type MeanVelocity, sampleFlowMap } from "../flow/index.js";
import { checkObservation, type Observation, type TransposedObservation } from "../operators/index.js";
import {
  aFunction,
  checkEntries,
  checkOptions,
  numberFrom,
  type OptionRules,
  seedNumber,
  trueOrFalse,
} from "../options.js";
import { batchOf, drawBatches } from "./batched-sampler.js";
import { flowMapOf, type GivenLabels, labelsAt, samplerExamples, samplerKey } from "./compiled-sampler.js";
import { decodeSamples } from "./decode.js";
import { labelsOf } from "./labels.js";
import { checkPosteriorModel, classOf, imageShapeOfModel, type VariationalFlowMap } from "./model.js";
import { drawNoise, drawNoiseAlongEntries, type NoiseAdapter, shareAmongSamples } from "./noise-adapter.js";
import { type NoiseOf, noiseOfSeed } from "./noise-source.js";
import { type SampleOptions, sampleRules, type Samples } from "./sample-options.js";
import { countEvaluations, runSampler } from "./sampler-settings.js";
import { updateSamples } from "./updated-samples.js";

/**
 * Draws posterior samples inside a traced function: x = f_theta(z), z ~ q_phi(. | y, c).
 *
 * @param aty A^T y, [B, ...]
 * @param problem class c, int32 [B]
 * @param eps standard normal noise, [B, ...]
 * @param steps number of evaluations of the flow map
 * @returns x, [B, ...]
 * @throws InputError if an argument is wrong or the shapes do not fit
 * @example
 * const samples = posteriorSample({ meanVelocity, adapter }, y, labels, z); // one evaluation
 */
export function posteriorSample(
  networks: { meanVelocity: MeanVelocity; adapter: NoiseAdapter },
  aty: NDArray,
  problem: NDArray,
  eps: NDArray,
  steps = 1,
): NDArray {
  checkEntries("posteriorSample", "networks", networks, { meanVelocity: aFunction, adapter: aFunction });
  checkShapes("posteriorSample", { aty: [aty, ["B", "..."]], problem: [problem, ["B"]], eps: [eps, ["B", "..."]] });
  return sampleFlowMap(networks.meanVelocity, drawNoise(networks.adapter(aty, problem), eps), steps);
}

/** Options of `samplePosterior`. */
export interface PosteriorOptions extends Omit<SampleOptions, "seed"> {
  /**
   * Seed of the samples: one number for all, or one for each observation, whose samples then do not depend on the other
   * observations.
   */
  seed: number | readonly number[];
  /**
   * Whether the samples are conditioned on y a second time where the model has an update for the problem.
   * Default: true.
   */
  update?: boolean | undefined;
  /**
   * Factor by which the adapter's sigma is multiplied: 1 is the posterior as it was learnt, 0 its mean noise.
   * Default: the update's, or 1.
   */
  temperature?: number | undefined;
  /**
   * Source of the noise. If it is given, the seed is not used, but it must still be given. The noise lies along the
   * entries of the sample, whatever basis the adapter uses, so that samples of overlapping windows of an image can share it.
   */
  noise?: NoiseOf | undefined;
}

const posteriorRules: OptionRules<PosteriorOptions> = {
  ...sampleRules,
  seed: {
    wanted: `${seedNumber.wanted}, or a list of one for each observation`,
    accepts: (value) => seedNumber.accepts(value) || (Array.isArray(value) && value.every(seedNumber.accepts)),
  },
  update: trueOrFalse,
  temperature: numberFrom(0),
  noise: aFunction,
};

/**
 * Draws samples of p(x | y) for every observation, with `steps` network evaluations each (default: one; a guided step
 * takes two).
 *
 * The seed fixes the samples, whatever the batch size. The first call for a number of steps and a batch size compiles
 * the sampler; later calls reuse it. Samples of a model with a decoder are decoded. If the model has an update for the
 * problem, the samples are then conditioned on y a second time, without another evaluation. `update: false` leaves them
 * as the networks draw them, which needs A^T y alone.
 *
 * @param observation N observations of one problem, as `observe` or `observationOf` makes them
 * @returns samples [N, samples, ...imageShape]
 * @throws ShapeError if the observation's arrays do not fit each other or the model, or the number of labels or seeds
 *   is not the number of observations
 * @throws InputError if the model does not know the problem or was trained on it with another noise, a value is not
 *   finite, an option is wrong or unknown, the sampler's settings are wrong (see `checkSampler`), or the flow map does
 *   not know a label
 * @example
 * const y = await observe(model.problem("inpaint-box"), images, { seed: 1 });
 * const { samples } = await samplePosterior(model, y, { samples: 16, seed: 2 }); // [N, 16, 1, 28, 28]
 */
export async function samplePosterior(
  model: VariationalFlowMap,
  observation: Observation | TransposedObservation,
  options: PosteriorOptions,
): Promise<Samples> {
  const { problemClass, update, measured, labels } = checkedTask(model, observation, options);
  const { sampleShape } = model;
  const { transposed } = observation;
  const [count, ...imageShape] = transposed.shape;
  const { samples, temperature = update?.temperature ?? 1, seed } = options;
  const layout = layoutOf(batchOf(imageShape, count * samples, options, labels), samples);
  const batch = layout.observations * layout.samples;
  const noiseOf: NoiseOf = options.noise ?? noiseOfSeed(seed, samples);
  const random = noiseOf("posterior");
  const drawn = await sharedCache.use(
    posteriorKey(model, layout, options),
    () => compilePosteriorSampler(model, layout, options),
    ({ run }) =>
      drawBatches(sampleShape, count * samples, batch, random, noiseOf, options, (eps, fresh, numbers) => {
        const observationOf = numbers.map((i) => Math.floor(i / samples));
        const shown = Int32Array.from({ length: layout.observations }, (_, i) => observationOf[i * layout.samples]);
        const classes = new Int32Array(shown.length).fill(problemClass);
        if (temperature !== 1) for (let i = 0; i < eps.data.length; i++) eps.data[i] *= temperature;
        return run(
          takeRows(transposed, shown),
          hostArray(classes, [shown.length]),
          eps,
          fresh,
          labelsAt(labels, observationOf),
        );
      }),
  );
  const images = await decodeSamples(model, drawn, options);
  const { data } =
    measured && update?.residual
      ? await updateSamples(images, update.residual, measured, { ...options, batchSize: batch }, noiseOf)
      : images;
  return {
    samples: hostArray(data, [count, samples, ...imageShape]),
    evaluations: countEvaluations(options),
  };
}

/** Checks the arguments of `samplePosterior` and finds what they refer to. */
function checkedTask(
  model: VariationalFlowMap,
  observation: Observation | TransposedObservation,
  options: PosteriorOptions,
) {
  checkPosteriorModel("samplePosterior", model);
  checkOptions("samplePosterior", options, posteriorRules, ["samples", "seed"]);
  checkObservation(observation);
  const { problem, transposed } = observation;
  const problemClass = classOf(model, problem);
  const update = options.update === false ? undefined : model.updates?.get(problem.name);
  const measured = "y" in observation ? observation : undefined;
  if (update?.residual !== undefined && measured === undefined)
    throw new InputError(
      `the samples of "${problem.name}" are conditioned on y, which is missing: give it, or the option update: false`,
    );
  const imageShape = imageShapeOfModel(model);
  const [count, ...own] = transposed.shape;
  if (own.join() !== imageShape.join())
    throw new ShapeError(
      `A^T y is [${transposed.shape.join(", ")}], the model's samples are [${imageShape.join(", ")}]: give [N, ${imageShape.join(", ")}]`,
    );
  const { seed, label } = options;
  if (typeof seed === "object" && seed.length !== count)
    throw new ShapeError(`${count} observations have ${seed.length} seeds: give one each, or one for all`);
  return { problemClass, update, measured, labels: labelsOf(label, count, "observations", model.classes) };
}

/** The layout of a batch: how many observations, and how many samples of each. */
interface BatchLayout {
  readonly observations: number;
  readonly samples: number;
}

/**
 * Puts as many samples of an observation into a batch as divide `samples` evenly, because the adapter is evaluated once
 * for them.
 */
function layoutOf(batch: number, samples: number): BatchLayout {
  let together = Math.min(batch, samples);
  while (samples % together !== 0) together--;
  return { observations: Math.floor(batch / together), samples: together };
}

function posteriorKey(model: VariationalFlowMap, layout: BatchLayout, options: PosteriorOptions): CompileKey {
  const alongEntries = options.noise !== undefined;
  const { objects, values } = samplerKey(model, ["posterior", layout, imageShapeOfModel(model), alongEntries], options);
  return { objects: [...objects, ownerOf(model, "adapter"), model.parameters.adapter], values };
}

async function compilePosteriorSampler(model: VariationalFlowMap, layout: BatchLayout, options: PosteriorOptions) {
  const { observations, samples } = layout;
  const { array, fresh, labels } = samplerExamples(model, observations * samples, options);
  const { observation, classes } = samplerExamples(model, observations, options);
  const { flowMap, adapter } = model.parameters;
  const draw = options.noise === undefined ? drawNoise : drawNoiseAlongEntries;
  const sampler = (
    parameters: Tree<NDArray>,
    aty: NDArray,
    problem: NDArray,
    eps: NDArray,
    noises: NDArray[],
    given: GivenLabels,
  ): NDArray => {
    const networks = parameters as Record<keyof VariationalFlowMap["parameters"], Tree<NDArray>>;
    const ofSamples = shareAmongSamples(model.adapter(networks.adapter, aty, problem), samples);
    return runSampler(flowMapOf(model, networks.flowMap, given), draw(ofSamples, eps), noises, options);
  };
  return compileWith({ flowMap, adapter }, sampler, [observation, classes, array, fresh, labels], engineOf(options));
}
