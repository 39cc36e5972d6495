import { type NDArray, type Tree } from "../array/index.js";
import { compileWith, engineOf, sharedCache } from "../compile/index.js";
import { checkOptions } from "../options.js";
import { batchOf, drawBatches } from "./batched-sampler.js";
import { flowMapOf, type GivenLabels, labelsAt, samplerExamples, samplerKey } from "./compiled-sampler.js";
import { decodeSamples } from "./decode.js";
import { labelsOf } from "./labels.js";
import { checkModel, type FlowMapModel, imageShapeOfModel } from "./model.js";
import { noiseOfSeed } from "./noise-source.js";
import { type SampleOptions, sampleRules, type Samples } from "./sample-options.js";
import { countEvaluations, runSampler } from "./sampler-settings.js";

/**
 * Draws samples of the prior, x = f_theta(z) with z ~ N(0, I): [samples, ...imageShape].
 *
 * @throws InputError as `samplePosterior` does
 * @example
 * const { samples } = await samplePrior(model, { samples: 64, seed: 0 }); // [64, 1, 28, 28]
 */
export async function samplePrior(model: FlowMapModel, options: SampleOptions): Promise<Samples> {
  checkModel("samplePrior", model);
  const { sampleShape } = model;
  checkOptions("samplePrior", options, sampleRules, ["samples", "seed"]);
  const { samples, seed } = options;
  const labels = labelsOf(options.label, samples, "samples", model.classes);
  const batch = batchOf(imageShapeOfModel(model), samples, options, labels);
  const noiseOf = noiseOfSeed(seed, samples);
  const drawn = await sharedCache.use(
    samplerKey(model, ["prior", batch], options),
    () => compilePriorSampler(model, batch, options),
    ({ run }) =>
      drawBatches(sampleShape, samples, batch, noiseOf("prior"), noiseOf, options, (eps, fresh, indices) =>
        run(eps, fresh, labelsAt(labels, indices)),
      ),
  );
  return { samples: await decodeSamples(model, drawn, options), evaluations: countEvaluations(options) };
}

async function compilePriorSampler(model: FlowMapModel, batch: number, options: SampleOptions) {
  const { array, fresh, labels } = samplerExamples(model, batch, options);
  const sampler = (parameters: Tree<NDArray>, z: NDArray, noises: NDArray[], given: GivenLabels): NDArray =>
    runSampler(flowMapOf(model, parameters, given), z, noises, options);
  return compileWith(model.parameters.flowMap, sampler, [array, fresh, labels], engineOf(options));
}
