import { type Classifier } from "../classifier/index.js";
import { evaluate, featureReference, modelSampler, priorDistance, type PriorOptions } from "../evaluate/index.js";
import { InputError } from "../errors.js";
import { type VariationalFlowMap } from "../vfm/index.js";
import { type CommandDefinition, type Context } from "./command.js";
import { metricsTable } from "../report/index.js";
import { folderNote } from "./folder-note.js";
import { classifierOf, imagesOf } from "./held-out.js";
import { type ImageModel, readImageModel } from "./image-model.js";
import { checkpointOption, integerOption, stepsOption } from "./options.js";
import { textTable } from "./text-table.js";
import { updateLine, type UpdateNote, updateNote } from "./update-note.js";

/** Options of `vfm evaluate`. */
export interface EvaluateCommandOptions {
  checkpoint: string;
  frozen?: string;
  images: number;
  samples: number;
  steps: number;
  priorSamples?: number;
  updates: boolean;
}

/** What the baseline is called in tables. */
const adapterAlone = "adapter alone";

/** `vfm evaluate`: metrics of a model, and of its baseline, on held-out images. */
export const evaluateCommand: CommandDefinition<EvaluateCommandOptions> = {
  name: "evaluate",
  description: "measure a model on held-out images: scores, calibration, misfit, labels, and the prior",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--frozen <dir>", "the baseline: an adapter alone on the same flow map (default: none)")
      .option("--images <n>", "held-out images", integerOption(1), 500)
      .option("--samples <n>", "samples per image", integerOption(2), 16)
      .option("--steps <n>", "evaluations of the flow map per sample", stepsOption, 1)
      .option("--no-updates", "judge the networks' samples alone, not conditioned on their observation once more")
      .option(
        "--prior-samples <n>",
        "unconditional samples for the Frechet distance (default: 10000)",
        integerOption(100),
      ),
  example: "vfm evaluate --images 500 --samples 16 --json",
  computes: true,
  run: async (options, { seed, progress, note }) => {
    const { checkpoint, frozen: baseline, images, samples, steps, priorSamples = 10_000 } = options;
    const model = await readImageModel(checkpoint);
    const frozen = baseline === undefined ? undefined : await readImageModel(baseline);
    if (frozen !== undefined && String(frozen.model.sampleShape) !== String(model.model.sampleShape))
      throw new InputError(
        `--frozen ${baseline ?? ""}: its images are [${frozen.model.sampleShape.join(", ")}], the model's are [${model.model.sampleShape.join(", ")}]: give a baseline on the same flow map`,
      );
    const heldOut = await imagesOf(model, "test");
    const inFolder = folderNote([heldOut.folder], note);
    const judged = (of: ImageModel): VariationalFlowMap =>
      options.updates ? of.model : { ...of.model, updates: undefined };
    const models = { vfm: judged(model), ...(frozen && { frozen: judged(frozen) }) };
    const classifier = await classifierOf(model);
    if (classifier === undefined && options.priorSamples !== undefined)
      throw new InputError(
        "--prior-samples needs a classifier, which ships for MNIST and the like alone: leave it out",
      );
    // The prior counts as one more part, as long as a problem.
    const parts = model.problems.length + (classifier === undefined ? 0 : 1);
    const figures = await evaluate(
      Object.entries(models).map(([name, of]) => modelSampler(name, of, { steps })),
      heldOut,
      {
        problems: model.problems,
        images,
        samplesPerImage: samples,
        seed,
        classifier,
        onProgress: (done, label) => progress.update((done * model.problems.length) / parts, label),
      },
    );
    const prior = classifier && (await judgePrior(models, model, classifier, { priorSamples, steps, seed }, progress));
    await classifier?.dispose();
    const withheld = options.updates ? undefined : "--no-updates";
    const notes = Object.entries({ vfm: model, ...(frozen && { frozen }) }).flatMap(([sampler, of]) =>
      model.problems.map((problem) => ({
        problem: problem.name,
        sampler,
        note: updateNote(of.model, problem, withheld),
      })),
    );
    const updates: Record<string, Record<string, UpdateNote>> = {};
    for (const { problem, sampler, note } of notes) (updates[problem] ??= {})[sampler] = note;
    const evaluation = { ...figures, ...inFolder, updates, ...(prior && { prior }) };
    const lines = Object.entries(evaluation.problems).flatMap(([problem, found]) =>
      Object.entries(found).map(([sampler, metrics]) => ({
        name: sampler === "vfm" ? problem : `  ${adapterAlone}`,
        metrics,
      })),
    );
    const { head, rows } = metricsTable(lines);
    const missing = notes.flatMap(({ sampler, note }) =>
      updateLine(note).map((line) => (sampler === "vfm" ? line : `${adapterAlone}: ${line}`)),
    );
    const text = [
      `${evaluation.images} held-out images, ${samples} samples each`,
      ...new Set(missing),
      "",
      textTable(head, rows),
    ];
    if (prior !== undefined) {
      const before =
        prior.frechetBefore === undefined ? "" : `, before joint training ${prior.frechetBefore.toFixed(1)}`;
      text.push("", `Frechet distance of unconditional samples: ${prior.frechetAfter.toFixed(1)}${before}`);
    }
    return { json: evaluation, text: text.join("\n") };
  },
};

/** Frechet distances of unconditional samples to the training images: of the model, and of the baseline before joint training. */
interface PriorDistances {
  frechetAfter: number;
  frechetBefore?: number;
}

async function judgePrior(
  { vfm, frozen }: { vfm: VariationalFlowMap; frozen?: VariationalFlowMap | undefined },
  model: ImageModel,
  classifier: Classifier,
  options: PriorOptions,
  progress: Context["progress"],
): Promise<PriorDistances> {
  const { problems } = model;
  const show = (done: number): void =>
    progress.update((problems.length + done) / (problems.length + 1), "unconditional samples");
  show(0);
  const { fit } = await featureReference(classifier, await imagesOf(model, "train"));
  const models = frozen === undefined ? 1 : 2;
  const distanceOf = (of: VariationalFlowMap, index: number): Promise<number> =>
    priorDistance(of, classifier, fit, { ...options, onProgress: (done) => show((index + done) / models) });
  const frechetAfter = await distanceOf(vfm, 0);
  return { frechetAfter, ...(frozen && { frechetBefore: await distanceOf(frozen, 1) }) };
}
