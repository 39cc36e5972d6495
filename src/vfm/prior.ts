import { hostArray, type NDArray, randomSource, type Tree } from "../array/index.js";
import { compileWith, engineOf, sharedCache } from "../compile/index.js";
import { checkOptions } from "../options.js";
import {
  batchOf,
  drawBatches,
  flowMapOf,
  type GivenLabels,
  type NoiseOf,
  type SampleOptions,
  samplerExamples,
  sampleRules,
  samplerKey,
  type Samples,
} from "./batched-sampler.js";
import { decodeSamples } from "./decode.js";
import { labelsOf } from "./labels.js";
import { checkModel, type FlowMapModel, imageShapeOfModel } from "./model.js";
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
  const labels = labelsOf(options.label, typeof options.label === "object" ? samples : 1, "samples", model.classes);
  const batch = batchOf(imageShapeOfModel(model), samples, options, labels);
  const noiseOf: NoiseOf = (...drawn) => randomSource(seed, ...drawn);
  const drawn = await sharedCache.use(
    samplerKey(model, ["prior", batch], options),
    () => compilePriorSampler(model, batch, options),
    ({ run }) =>
      drawBatches(sampleShape, samples, batch, noiseOf("prior"), noiseOf, options, (eps, fresh, numbers) => {
        const last = (labels?.length ?? 0) - 1;
        const given =
          labels === undefined
            ? []
            : [
                hostArray(
                  numbers.map((i) => labels[Math.min(last, i)]),
                  [batch],
                ),
              ];
        return run(eps, fresh, given);
      }),
  );
  return { samples: await decodeSamples(model, drawn, options), evaluations: countEvaluations(options) };
}

async function compilePriorSampler(model: FlowMapModel, batch: number, options: SampleOptions) {
  const { array, fresh, labels } = samplerExamples(model, batch, options);
  const sampler = (parameters: Tree<NDArray>, z: NDArray, noises: NDArray[], given: GivenLabels): NDArray =>
    runSampler(flowMapOf(model, parameters, given), z, noises, options);
  return compileWith(model.parameters.flowMap, sampler, [array, fresh, labels], engineOf(options));
}
