import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { randomSource } from "../array/index.js";
import { gatherImages } from "../data/index.js";
import {
  drawProblemSamples,
  modelSampler,
  type ProblemMetrics,
  type ProblemSamples,
  readSamples,
  scoreImages,
  summarise,
} from "../evaluate/index.js";
import {
  metricsTable,
  problemText,
  type ReportProblem,
  reportRow,
  samplesPicture,
  unstack,
  writeReport,
} from "../report/index.js";
import { type CommandDefinition } from "./command.js";
import { classifierOf, imagesOf } from "./held-out.js";
import { readImageModel } from "./image-model.js";
import { checkpointOption, integerOption } from "./options.js";
import { requireWritable, writeOutputFolder } from "./outputs.js";
import { textTable } from "./text-table.js";

/** Options of `vfm demo`. */
export interface DemoCommandOptions {
  checkpoint: string;
  images: number;
  samples: number;
  steps: number;
  out: string;
}

/** So many images of a problem are shown in the report. */
const shownImages = 4;

/** `vfm demo`, the main job: held-out images through all problems, with a table and a report. */
export const demoCommand: CommandDefinition<DemoCommandOptions> = {
  name: "demo",
  description: "take held-out images through all the model's problems: a table, and a report with pictures",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--images <n>", "held-out images a problem", integerOption(1), 50)
      .option("--samples <n>", "samples an image", integerOption(2), 16)
      .option("--steps <n>", "evaluations of the flow map a sample", integerOption(1), 1)
      .option("--out <dir>", "the folder for report.html, report.json and samples.png", "out"),
  example: "vfm demo --images 100 --seed 7",
  computes: true,
  run: async ({ checkpoint, images, samples, steps, out }, { seed, signal, progress }) => {
    await requireWritable(out, "folder");
    const model = await readImageModel(checkpoint);
    const heldOut = await imagesOf(model, "test");
    const chosen = randomSource(seed, "images").permutation(heldOut.count).subarray(0, images);
    const classifier = await classifierOf(model);
    const { labels } = heldOut;
    const sampler = modelSampler("vfm", model.model, { steps });
    const shown: ReportProblem[] = [];
    const all: ProblemSamples[] = [];
    const problems: Record<string, { vfm: ProblemMetrics }> = {};
    for (const [index, problem] of model.problems.entries()) {
      progress.update(index / model.problems.length, problem.name);
      const drawn = await drawProblemSamples(sampler, problem, gatherImages(heldOut, chosen), { samples, seed });
      const reading =
        classifier &&
        labels &&
        (await readSamples(
          drawn,
          classifier,
          chosen.map((index) => labels[index]),
        ));
      const metrics = summarise(await scoreImages(drawn, reading), drawn, seed);
      problems[problem.name] = { vfm: metrics };
      all.push(drawn);
      const { sigma } = problem.observation;
      shown.push({ name: problem.name, ...problemText(problem.name), sigma, rows: reportRows(drawn), metrics });
    }
    await classifier?.dispose();
    const report = join(out, "report.html");
    const json = { images: chosen.length, samplesPerImage: samples, seed, problems, report };
    const cost = steps === 1 ? "ONE evaluation" : `${steps} evaluations`;
    const lead = `${chosen.length} held-out images a problem, ${samples} posterior samples each, ${cost} of the network a sample.`;
    await writeOutputFolder(out, signal, async (temporary) => {
      await writeReport(join(temporary, "report.html"), {
        title: "Variational Flow Maps: posterior samples",
        lead,
        facts: Object.entries(model.metadata.parameterCounts).map(([network, count]) => ({
          name: network === "flowMap" ? "Flow map" : "Adapter",
          value: `${(count / 1e6).toFixed(2)} million parameters`,
        })),
        problems: shown,
      });
      await writeFile(join(temporary, "samples.png"), await samplesPicture(all, 0));
      await writeFile(join(temporary, "report.json"), `${JSON.stringify(json, null, 2)}\n`);
    });
    const lines = Object.entries(problems).map(([name, { vfm }]) => ({ name, metrics: vfm }));
    const { head, rows } = metricsTable(lines);
    return { json, text: [lead, "", textTable(head, rows), "", `Report: ${report}`].join("\n") };
  },
};

function reportRows({ truth, observation, samples }: ProblemSamples): ReportProblem["rows"] {
  const images = unstack(truth);
  const observations = unstack(observation.y);
  const sampled = unstack(samples);
  return images.slice(0, shownImages).map((image, i) => reportRow(observations[i], sampled[i], image));
}
