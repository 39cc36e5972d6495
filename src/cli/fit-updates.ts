import { join } from "node:path";
import { randomSource } from "../array/index.js";
import { disposeCompiled } from "../compile/index.js";
import { gatherImages } from "../data/index.js";
import { InputError } from "../errors.js";
import { fitUpdate } from "../evaluate/index.js";
import {
  axisVariances,
  cosineVariances,
  observationUpdate,
  type UpdateSettings,
  writeUpdates,
} from "../checkpoint/index.js";
import { type Problem } from "../operators/index.js";
import { sha256, writeFileAtomically } from "../storage/index.js";
import { type CommandDefinition } from "./command.js";
import { readDrawnModel } from "./drawn-model.js";
import { folderNote } from "./folder-note.js";
import { imagesOf } from "./held-out.js";
import { resumedFit } from "./kept-fit.js";
import { integerOption } from "./options.js";
import { requireCheckpointFolder, requireWritable } from "./outputs.js";
import { textTable } from "./text-table.js";

/** Options of `vfm fit-updates`. */
export interface FitUpdatesCommandOptions {
  checkpoint: string;
  images: number;
  samples: number;
  out?: string;
  resume: boolean;
}

const temperatures = [1, 1.1, 1.2];
// A larger saturation makes the residual small at most pixels, and so does a texture, so the sizes before them are
// larger. Digits and clothes need large residuals with saturation 1, photographs small ones.
const shapes: (Pick<UpdateSettings, "saturation" | "power" | "texture" | "limited"> & { residuals: number[] })[] = [
  { saturation: 1, power: 0.5, residuals: [0.3, 0.4, 0.5, 0.6, 0.8] },
  { saturation: 1, power: 1, residuals: [0.3, 0.4, 0.5, 0.6, 0.8] },
  { saturation: 1, power: 1, texture: 0.5, residuals: [0.2, 0.3, 0.4, 0.5] },
  { saturation: 1, power: 1, limited: true, texture: 0.5, residuals: [0.2, 0.3, 0.4] },
  { saturation: 0.5, power: 0.5, residuals: [0.1, 0.2] },
  { saturation: 0.5, power: 1, limited: true, texture: 0.5, residuals: [0.15, 0.2, 0.25, 0.3, 0.4] },
  { saturation: 0.5, power: 1, limited: true, texture: 1, residuals: [0.2, 0.3, 0.4] },
];

/** All settings that are tried: along the adapter's axes, if it has any, and along those of the cosine transform. */
function candidatesFor(hasAxes: boolean, { observation }: Problem): UpdateSettings[] {
  const residuals = shapes.flatMap(({ residuals: sizes, ...shape }) => {
    const along = (axes: "adapter" | "cosine") => sizes.map((residual) => ({ residual, ...shape, axes }));
    // What has a texture is a photograph, which varies along cosines as it does along the adapter's axes.
    return [...(hasAxes && shape.texture === undefined ? along("adapter") : []), ...along("cosine")];
  });
  // The update conditions on a linear operator with Gaussian noise.
  const updates = observation.operator.linear === false || observation.gaussian !== true ? [] : residuals;
  return temperatures.flatMap((temperature) => [
    { temperature, residual: 0, power: 0, saturation: 0 },
    ...updates.map((settings) => ({ temperature, ...settings })),
  ]);
}

/** The number of training images from which the residual's shape is estimated. */
const shapeImages = 5000;

/** `vfm fit-updates`: fits how a model's samples are conditioned on their observation once more. */
export const fitUpdatesCommand: CommandDefinition<FitUpdatesCommandOptions> = {
  name: "fit-updates",
  description:
    "fit on the validation split how samples are conditioned on their observation, and write it into the checkpoint",
  options: (command) =>
    command
      // No default: the command writes into the checkpoint.
      .requiredOption("--checkpoint <dir>", "the checkpoint of a trained model: its updates.json is written")
      .option("--images <n>", "validation images", integerOption(1), 400)
      .option("--samples <n>", "samples per image", integerOption(2), 16)
      .option("--out <file>", "keep in this JSON file what was tried, problem by problem (default: it is not kept)")
      .option("--resume", "continue an interrupted fit with the problems that the --out file lacks", false),
  example: "vfm fit-updates --checkpoint runs/mine/checkpoint",
  computes: true,
  run: async ({ checkpoint, images: wanted, samples, out, resume }, { seed, progress, note }) => {
    await requireCheckpointFolder(checkpoint);
    if (out !== undefined) await requireWritable(out, "file");
    else if (resume) throw new InputError("--resume continues the fit of a file: name it with --out");
    const loaded = await readDrawnModel(checkpoint);
    const { problems, axes } = loaded;
    const [training, validation] = [await imagesOf(loaded, "train"), await imagesOf(loaded, "validation")];
    const inFolder = folderNote([training.folder, validation.folder], note);
    const take = (set: typeof training, count: number, use: string) =>
      gatherImages(set, randomSource(seed, use).permutation(set.count).subarray(0, count));
    const images = take(validation, wanted, "validation images");
    const inputs = {
      parameters: await sha256(join(checkpoint, "model.safetensors")),
      images: images.shape[0],
      samples,
      seed,
    };
    const found = out === undefined ? {} : await resumedFit(out, inputs, resume);
    const shaping = take(training, shapeImages, "residual shape");
    const variances = { variances: axisVariances(shaping, axes), cosineVariances: await cosineVariances(shaping) };
    const left = problems.filter(({ name }) => !Object.hasOwn(found, name));
    for (const [index, problem] of left.entries()) {
      progress.update(index / left.length, problem.name);
      found[problem.name] = await fitUpdate(loaded.draws, problem, images, {
        candidates: candidatesFor(axes !== undefined, problem),
        updateOf: (settings) => observationUpdate(settings, variances, axes),
        samples,
        seed,
        onProgress: (done) => progress.update((index + done) / left.length, problem.name),
      });
      // The graphs of one problem are of no use to the next, and together they take gigabytes.
      await disposeCompiled();
      if (out !== undefined) await writeFileAtomically(out, `${JSON.stringify({ ...inputs, problems: found })}\n`);
    }
    const chosen = Object.entries(found).map(([name, { chosen: best }]) => {
      const iterations = best.needed?.iterations;
      const settings: UpdateSettings = { ...best.settings, ...(iterations !== undefined && { iterations }) };
      return [name, settings] as const;
    });
    await writeUpdates(checkpoint, { format: 1, ...variances, problems: Object.fromEntries(chosen) });
    const rows = Object.entries(found).map(([name, { networks, chosen: best }]) => [
      name,
      settingsText(best.settings, best.needed?.iterations),
      ...[networks, best].flatMap(({ crps, coverage90, misfit }) => [
        crps.toFixed(4),
        coverage90?.toFixed(3) ?? "–",
        misfit.toFixed(2),
      ]),
    ]);
    const head = ["", "chosen", "CRPS before", "coverage", "misfit", "CRPS after", "coverage", "misfit"];
    const json = { checkpoint, images: images.shape[0], samples, seed, ...inFolder, problems: found };
    return { json, text: textTable(head, rows) };
  },
};

function settingsText(
  { temperature, residual, power, limited, saturation, texture, axes }: UpdateSettings,
  iterations: number | undefined,
): string {
  if (iterations === undefined) return `no update, the networks alone are as good: temperature ${temperature}`;
  const along = `, axes of the ${axes === "cosine" ? "cosine transform" : "adapter"}`;
  const byContrast = texture === undefined ? "" : `, texture ${texture}`;
  return `temperature ${temperature}, residual ${residual}, ${limited ? "limited" : `power ${power}`}, saturation ${saturation}${byContrast}${along}, ${iterations} iterations`;
}
