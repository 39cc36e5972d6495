import { hostArray, type NDArray, randomSource, type Tree } from "../array/index.js";
import { compileWith } from "../compile/index.js";
import {
  batchOf,
  cached,
  drawBatches,
  engineOf,
  flowMapOf,
  type GivenLabels,
  type SampleOptions,
  samplerExamples,
  type Samples,
} from "./batched-sampler.js";
import { decodeSamples } from "./decode.js";
import { labelsOf } from "./labels.js";
import { type FlowMapModel } from "./model.js";
import { countEvaluations, runSampler } from "./sampler-settings.js";

/**
 * Draws samples of the prior, x = f_theta(z) with z ~ N(0, I): [samples, ...imageShape].
 *
 * @throws InputError as `samplePosterior` does
 */
export async function samplePrior(model: FlowMapModel, options: SampleOptions): Promise<Samples> {
  const { sampleShape } = model;
  const { samples, seed } = options;
  const labels = labelsOf(options.label, typeof options.label === "object" ? samples : 1, model.classes);
  const batch = batchOf(samples, options, labels);
  const { run } = await priorSampler(model, batch, options);
  const drawn = await drawBatches(
    sampleShape,
    samples,
    batch,
    randomSource(seed, "prior"),
    seed,
    options,
    (eps, fresh, start) => {
      const label = (i: number): number => labels?.[Math.min(labels.length - 1, start + i)] ?? 0;
      const given =
        labels === undefined
          ? []
          : [
              hostArray(
                Int32Array.from({ length: batch }, (_, i) => label(i)),
                [batch],
              ),
            ];
      return run(hostArray(eps, [batch, ...sampleShape]), fresh, given);
    },
  );
  const images = await decodeSamples(model, hostArray(drawn, [samples, ...sampleShape]), options);
  return { samples: images, evaluations: countEvaluations(options) };
}

const priorSampler = cached((model: FlowMapModel, batch: number, options: SampleOptions) => {
  const { array, fresh, labels } = samplerExamples(model, batch, options);
  const sampler = (parameters: Tree<NDArray>, z: NDArray, noises: NDArray[], given: GivenLabels): NDArray =>
    runSampler(flowMapOf(model, parameters, given), z, noises, options);
  return compileWith(model.parameters.flowMap, sampler, [array, fresh, labels], engineOf(options));
});
