import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { Option } from "commander";
import { loadImageFolder } from "../node/data/index.js";
import { metricsTable, type ReportProblem, samplesPicture, writeReport } from "../report/index.js";
import { modelFolder } from "../platform/node/index.js";
import { type CommandDefinition } from "./command.js";
import { type Demonstration, demonstrate } from "./demonstration.js";
import { classifierOf, imagesOf } from "./held-out.js";
import { type ImageModel, readImageModel } from "./image-model.js";
import { integerOption, stepsOption } from "./options.js";
import { requireWritable, writeOutputFolder } from "./outputs.js";
import { photographsFolder, shippedCheckpoint, shippedModels } from "./package-folder.js";
import { textTable } from "./text-table.js";

/** Options of `vfm demo`. */
export interface DemoCommandOptions {
  checkpoint?: string;
  images: number;
  samples: number;
  steps: number;
  out: string;
}

/** `vfm demo`, the main job: held-out images through all problems, with a table and a report. */
export const demoCommand: CommandDefinition<DemoCommandOptions> = {
  name: "demo",
  description:
    "take held-out images through all problems of the shipped models, or of one model; print tables, and write a report with pictures",
  options: (command) =>
    command
      .addOption(
        new Option(
          "--checkpoint <dir>",
          `one model, on held-out images of its data: a folder, or a shipped one: ${shippedModels.join(", ")}; ` +
            "default: the shipped models of digits and of photographs, the latter on the photographs that ship",
        ).argParser(modelFolder),
      )
      .option("--images <n>", "most held-out images for each problem", integerOption(1), 50)
      .option("--samples <n>", "samples for each image", integerOption(2), 16)
      .option("--steps <n>", "evaluations of the flow map for each sample", stepsOption, 1)
      .option("--out <dir>", "the folder for report.html, report.json and the pictures of samples", "out"),
  example: "vfm demo --images 100 --seed 7",
  computes: true,
  run: async ({ checkpoint, out, ...settings }, { seed, signal, progress }) => {
    await requireWritable(out, "folder");
    const model = await readImageModel(checkpoint ?? shippedCheckpoint("mnist"));
    const colourModel = checkpoint === undefined ? await readImageModel(shippedCheckpoint("cifar10")) : undefined;
    const count = model.problems.length + (colourModel?.problems.length ?? 0);
    const classifier = await classifierOf(model);
    const heldOut = await imagesOf(model, "test");
    const main = await demonstrate(model, heldOut, {
      ...settings,
      seed,
      classifier,
      onProblem: (name, done) => progress.update(done / count, name),
    });
    await classifier?.dispose();
    const colour =
      colourModel &&
      (await demonstrate(colourModel, await loadImageFolder(photographsFolder(), colourModel.image), {
        ...settings,
        seed,
        onProblem: (name, done) => progress.update((model.problems.length + done) / count, `${name} in colour`),
      }));
    const { images, problems } = main;
    const report = join(out, "report.html");
    const json = {
      images,
      samplesPerImage: settings.samples,
      seed,
      problems,
      ...(colour && { colour: { images: colour.images, problems: colour.problems } }),
      report,
    };
    const lead = leadOf(main, colour, settings);
    const fill = async (temporary: string): Promise<void> => {
      await writeReport(join(temporary, "report.html"), {
        title: "Variational Flow Maps: posterior samples",
        lead,
        facts: [...parametersOf(model), ...(colourModel ? parametersOf(colourModel, " in colour") : [])],
        problems: [...main.shown, ...(colour?.shown.map(inColour) ?? [])],
      });
      await writeFile(join(temporary, "samples.png"), await samplesPicture(main.drawn));
      if (colour) await writeFile(join(temporary, "samples-in-colour.png"), await samplesPicture(colour.drawn));
      await writeFile(join(temporary, "report.json"), `${JSON.stringify(json, null, 2)}\n`);
    };
    // A former run may have been in colour, too.
    await writeOutputFolder(out, signal, fill, ["samples-in-colour.png"]);
    const tables = [main, ...(colour ? [colour] : [])].flatMap((shown) => ["", tableOf(shown)]);
    return { json, text: [lead, ...tables, "", `Report: ${report}`].join("\n") };
  },
};

type Settings = Omit<DemoCommandOptions, "checkpoint" | "out">;

function leadOf(main: Demonstration, colour: Demonstration | undefined, { samples, steps }: Settings): string {
  const what = colour
    ? `${main.images} held-out digits and ${colour.images} photographs`
    : `${main.images} held-out images`;
  const cost = steps === 1 ? "ONE evaluation" : `${steps} evaluations`;
  return `${what} a problem, ${samples} posterior samples each, ${cost} of the network a sample.`;
}

function parametersOf({ metadata }: ImageModel, suffix = ""): { name: string; value: string }[] {
  return Object.entries(metadata.parameterCounts).map(([network, count]) => ({
    name: `${network === "flowMap" ? "Flow map" : "Adapter"}${suffix}`,
    value: `${(count / 1e6).toFixed(2)} million parameters`,
  }));
}

/** A problem beside the one of the same name of the other model. */
const inColour = (problem: ReportProblem): ReportProblem => ({
  ...problem,
  name: `${problem.name}-in-colour`,
  title: `${problem.title} in colour`,
});

function tableOf({ problems }: Demonstration): string {
  const lines = Object.entries(problems).map(([name, { vfm }]) => ({ name, metrics: vfm }));
  const { head, rows } = metricsTable(lines);
  return textTable(head, rows);
}
