import { type HostArray, hostArray, type NDArray, randomSource, takeRows, type Tree } from "../array/index.js";
import { type CompileKey, compileWith, sharedCache } from "../compile/index.js";
import { InputError, ShapeError } from "../errors.js";
import { type MeanVelocity, sampleFlowMap } from "../flow/index.js";
import {
  batchOf,
  drawBatches,
  engineOf,
  flowMapOf,
  type GivenLabels,
  ownerOf,
  type SampleOptions,
  samplerExamples,
  samplerKey,
  type Samples,
} from "./batched-sampler.js";
import { decodeSamples } from "./decode.js";
import { type Measurement, updateSamples } from "./updated-samples.js";
import { labelsOf } from "./labels.js";
import { imageShapeOfModel, type VariationalFlowMap } from "./model.js";
import { drawNoise, type NoiseAdapter, shareAmongSamples } from "./noise-adapter.js";
import { countEvaluations, runSampler } from "./sampler-settings.js";

/**
 * Posterior samples inside a traced function: x = f_theta(z), z ~ q_phi(. | y, c).
 *
 * @param aty A^T y, [B, ...]
 * @param problem class c, int32 [B]
 * @param eps standard normal noise, [B, ...]
 * @param steps evaluations of the flow map
 * @returns x, [B, ...]
 */
export function posteriorSample(
  networks: { meanVelocity: MeanVelocity; adapter: NoiseAdapter },
  aty: NDArray,
  problem: NDArray,
  eps: NDArray,
  steps = 1,
): NDArray {
  return sampleFlowMap(networks.meanVelocity, drawNoise(networks.adapter(aty, problem), eps), steps);
}

/** Observations as the adapter sees them. */
export interface Observations {
  /** A^T y, [N, ...imageShape]; or one observation, of an image's shape. */
  readonly aty: HostArray;
  /** The class c of the inverse problem of all observations, or of each. */
  readonly problem: number | Int32Array;
  /** What was measured, for a model that conditions its samples on it once more (see `VariationalFlowMap.updates`). */
  readonly measured?: Measurement;
}

/** Options of `samplePosterior`. */
export interface PosteriorOptions extends SampleOptions {
  /** Factor on the adapter's sigma: 1 is the posterior as it was learnt, 0 its mean noise; 1, or the model's own for what was measured, if not given. */
  temperature?: number;
}

/**
 * Draws samples of p(x | y) for one or many observations, `steps` network evaluations each (one by default; two a step
 * where it is guided).
 *
 * The seed fixes the samples, whatever the batch size. The first call for a number of steps and a batch compiles the
 * sampler; later ones find it. Samples of a model with a decoder are decoded. Where `measured` is given and the model has
 * an update for the problem, the samples are then conditioned on it, without an evaluation more.
 *
 * @throws ShapeError if A^T y has not the shape of the model's images, or the classes or labels are not one an
 *   observation
 * @throws InputError if a number of samples or the batch size is not a positive integer, the temperature is negative, the
 *   sampler's settings are wrong (see `checkSampler`), or the flow map does not know a label
 */
export async function samplePosterior(
  model: VariationalFlowMap,
  { aty, problem, measured }: Observations,
  options: PosteriorOptions,
): Promise<Samples> {
  const { sampleShape } = model;
  const imageShape = imageShapeOfModel(model);
  const single = aty.shape.length === imageShape.length;
  const own = single ? aty.shape : aty.shape.slice(1);
  if (own.join() !== imageShape.join())
    throw new ShapeError(`A^T y is [${aty.shape.join(", ")}], the model's samples are [${imageShape.join(", ")}]`);
  const count = single ? 1 : aty.shape[0];
  const observations = hostArray(aty.data, [count, ...imageShape]);
  if (typeof problem !== "number" && problem.length !== count)
    throw new ShapeError(`${count} observations have ${problem.length} problem classes: give one each, or one for all`);

  const update = measured && typeof problem === "number" ? model.updates?.get(problem) : undefined;
  const { samples, temperature = update?.temperature ?? 1, seed } = options;
  if (!(temperature >= 0)) throw new InputError(`temperature is ${temperature}, it has to be 0 or more`);
  const labels = labelsOf(options.label, count, model.classes);
  const layout = layoutOf(batchOf(count * samples, options, labels), samples);
  const batch = layout.observations * layout.samples;
  const random = randomSource(seed, "posterior");
  const drawn = await sharedCache.use(
    posteriorKey(model, layout, options),
    () => compilePosteriorSampler(model, layout, options),
    ({ run }) =>
      drawBatches(sampleShape, count * samples, batch, random, seed, options, (eps, fresh, numbers) => {
        const observationOf = numbers.map((i) => Math.floor(i / samples));
        const shown = Int32Array.from({ length: layout.observations }, (_, i) => observationOf[i * layout.samples]);
        const classes = shown.map((i) => (typeof problem === "number" ? problem : problem[i]));
        if (temperature !== 1) for (let i = 0; i < eps.data.length; i++) eps.data[i] *= temperature;
        const given =
          labels === undefined
            ? []
            : [
                hostArray(
                  observationOf.map((i) => labels[i]),
                  [batch],
                ),
              ];
        return run(takeRows(observations, shown), hostArray(classes, [shown.length]), eps, fresh, given);
      }),
  );
  const images = await decodeSamples(model, drawn, options);
  const { data } =
    measured && update?.residual
      ? await updateSamples(images, update.residual, measured, { ...options, batchSize: batch })
      : images;
  return {
    samples: hostArray(data, single ? [samples, ...imageShape] : [count, samples, ...imageShape]),
    evaluations: countEvaluations(options),
  };
}

/** How a batch is made up: so many samples of each of so many observations. */
interface BatchLayout {
  readonly observations: number;
  readonly samples: number;
}

/** As many samples of an observation side by side as fit into a batch without remainder: the adapter is evaluated once for them. */
function layoutOf(batch: number, samples: number): BatchLayout {
  let together = Math.min(batch, samples);
  while (samples % together !== 0) together--;
  return { observations: Math.floor(batch / together), samples: together };
}

function posteriorKey(model: VariationalFlowMap, layout: BatchLayout, options: SampleOptions): CompileKey {
  const { objects, values } = samplerKey(model, ["posterior", layout, imageShapeOfModel(model)], options);
  return { objects: [...objects, ownerOf(model, "adapter"), model.parameters.adapter], values };
}

async function compilePosteriorSampler(model: VariationalFlowMap, layout: BatchLayout, options: SampleOptions) {
  const { observations, samples } = layout;
  const { array, fresh, labels } = samplerExamples(model, observations * samples, options);
  const { observation, classes } = samplerExamples(model, observations, options);
  const { flowMap, adapter } = model.parameters;
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
    return runSampler(flowMapOf(model, networks.flowMap, given), drawNoise(ofSamples, eps), noises, options);
  };
  return compileWith({ flowMap, adapter }, sampler, [observation, classes, array, fresh, labels], engineOf(options));
}
