import { type HostArray, hostArray } from "../../src/array/index.js";
import { classifierOf, imagesOf } from "../../src/cli/held-out.js";
import { readImageModel } from "../../src/cli/image-model.js";
import { checkpointOption, integerOption } from "../../src/cli/options.js";
import { runScript } from "../../src/cli/standalone.js";
import { inPackage } from "../../src/cli/package-folder.js";
import { textTable } from "../../src/cli/text-table.js";
import { InputError } from "../../src/errors.js";
import { evaluate, modelSampler } from "../../src/evaluate/index.js";
import { modelWith, type ObservationUpdate, type VariationalFlowMap } from "../../src/vfm/index.js";

// Ways to draw samples with a higher label agreement, and what they do to the scores. See README.md.

/** The script's options. */
interface LabelAgreementOptions {
  checkpoint: string;
  images: number;
  samples: number;
}

type Residual = NonNullable<ObservationUpdate["residual"]>;

const scaled = (array: HostArray, factor: number): HostArray =>
  hostArray(
    array.data.map((value) => factor * value),
    array.shape,
  );

/** A residual whose standard deviations are multiplied by a factor. */
function scaledResidual(residual: Residual, factor: number): Residual {
  const { scales, leading } = residual;
  return {
    ...residual,
    scales: scaled(scales, factor),
    ...(leading && { leading: { ...leading, scales: scaled(leading.scales, factor) } }),
  };
}

/** The model with its temperatures and the standard deviations of its residuals multiplied by a factor each. */
function modelScaled(
  model: VariationalFlowMap,
  { temperature = 1, residual = 1 }: { temperature?: number; residual?: number },
): VariationalFlowMap {
  const scaledUpdate = (update: ObservationUpdate): ObservationUpdate => ({
    temperature: temperature * update.temperature,
    ...(update.residual && { residual: scaledResidual(update.residual, residual) }),
  });
  const updates = [...(model.updates ?? [])].map(([name, update]) => [name, scaledUpdate(update)] as const);
  return modelWith(model, { updates: new Map(updates) });
}

await runScript<LabelAgreementOptions>({
  name: "experiments/label-agreement/main.ts",
  description: "measure ways to raise the label agreement",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--images <n>", "validation images", integerOption(1), 200)
      .option("--samples <n>", "samples per image", integerOption(2), 8),
  example: "npx tsx experiments/label-agreement/main.ts --checkpoint mnist --json",
  computes: true,
  run: async ({ checkpoint, images, samples }, { seed, progress }) => {
    const loaded = await readImageModel(checkpoint);
    const { model, problems } = loaded;
    const classifier = await classifierOf(loaded);
    if (classifier === undefined)
      throw new InputError(`${checkpoint}: no classifier of its images ships: give another`);
    const one = (name: string, of: VariationalFlowMap) => modelSampler(name, of, { steps: 1 });
    const samplers = [
      one("as it ships", model),
      one("temperature x 0.8", modelScaled(model, { temperature: 0.8 })),
      one("temperature x 0.6", modelScaled(model, { temperature: 0.6 })),
      one("residual x 0.7", modelScaled(model, { residual: 0.7 })),
      one("networks alone", { ...model, updates: undefined }),
      modelSampler("four steps", model, { steps: 4 }),
    ];
    const found = await evaluate(samplers, await imagesOf(loaded, "validation"), {
      problems,
      images,
      samplesPerImage: samples,
      seed,
      classifier,
      onProgress: (done, label) => progress.update(done, label),
    });
    await classifier.dispose();
    const rows = Object.entries(found.problems).flatMap(([problem, figures]) =>
      Object.entries(figures).map(([name, { labelAgreement = NaN, crpsFair, coverage90 = NaN, misfit }]) => [
        problem,
        name,
        labelAgreement.toFixed(3),
        crpsFair.toFixed(4),
        coverage90.toFixed(3),
        misfit.toFixed(2),
      ]),
    );
    const head = ["", "", "label agreement", "CRPS", "coverage", "misfit"];
    return { json: { checkpoint: inPackage(checkpoint), ...found }, text: textTable(head, rows) };
  },
});
