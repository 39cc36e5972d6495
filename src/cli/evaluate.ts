import { evaluate, type Reader } from "../evaluate/index.js";
import { InputError } from "../errors.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { type CommandDefinition } from "./command.js";
import { figuresTable } from "./figures.js";
import { classifierOf, imagesOf } from "./held-out.js";
import { type ImageModel, readImageModel } from "./image-model.js";
import { checkpointOption, integerOption } from "./options.js";

/** Options of `vfm evaluate`. */
export interface EvaluateCommandOptions {
  checkpoint: string;
  frozen?: string;
  images: number;
  samples: number;
  steps: number;
  priorSamples: number;
  updates: boolean;
}

/** `vfm evaluate`: figures of a model, and of its baseline, on held-out images. */
export const evaluateCommand: CommandDefinition<EvaluateCommandOptions> = {
  name: "evaluate",
  description: "measure a model on held-out images: scores, calibration, misfit, labels, and the prior",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--frozen <dir>", "the baseline: an adapter alone on the same flow map (default: none)")
      .option("--images <n>", "held-out images", integerOption(1), 500)
      .option("--samples <n>", "samples an image", integerOption(2), 16)
      .option("--steps <n>", "evaluations of the flow map a sample", integerOption(1), 1)
      .option("--no-updates", "samples as the networks give them, not conditioned on their observation once more")
      .option("--prior-samples <n>", "unconditional samples for the Frechet distance", integerOption(100), 10_000),
  example: "vfm evaluate --images 500 --samples 16 --json",
  run: async (options, { seed, progress }) => {
    const { checkpoint, frozen: baseline, images, samples, steps, priorSamples } = options;
    const model = await readImageModel(checkpoint);
    const frozen = baseline === undefined ? undefined : await readImageModel(baseline);
    if (frozen !== undefined && String(frozen.model.sampleShape) !== String(model.model.sampleShape))
      throw new InputError(
        `--frozen ${baseline ?? ""}: its images are [${frozen.model.sampleShape.join(", ")}], the model's are [${model.model.sampleShape.join(", ")}]`,
      );
    const heldOut = await imagesOf(model, "test");
    const reader = await readerOf(model);
    const judged = (of: ImageModel): VariationalFlowMap =>
      options.updates ? of.model : { ...of.model, updates: undefined };
    const evaluation = await evaluate({ vfm: judged(model), frozen: frozen && judged(frozen) }, heldOut, {
      problems: model.problems,
      images,
      samplesPerImage: samples,
      steps,
      seed,
      reader,
      priorSamples,
      onProgress: (done, label) => progress.update(done, label),
    });
    await reader?.classifier.dispose();
    const lines = Object.entries(evaluation.problems).flatMap(([name, found]) => [
      { name, metrics: found.vfm },
      ...(found.frozen === undefined ? [] : [{ name: "  adapter alone", metrics: found.frozen }]),
    ]);
    const text = [`${evaluation.images} held-out images, ${samples} samples each`, "", figuresTable(lines)];
    const { prior } = evaluation;
    if (prior !== undefined) {
      const before =
        prior.frechetBefore === undefined ? "" : `, before joint training ${prior.frechetBefore.toFixed(1)}`;
      text.push("", `Frechet distance of unconditional samples: ${prior.frechetAfter.toFixed(1)}${before}`);
    }
    return { json: { ...evaluation }, text: text.join("\n") };
  },
};

async function readerOf(model: ImageModel): Promise<Reader | undefined> {
  const classifier = await classifierOf(model);
  return classifier && { classifier, training: await imagesOf(model, "train") };
}
