import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { type HostArray } from "../array/index.js";
import { timeWithoutCompiling } from "../compile/index.js";
import { encodePng } from "../node/data/index.js";
import { makeFolders } from "../platform/node/index.js";
import { meanOf, problemText, reportRow, sampleTensors, unstack, writeReport } from "../report/index.js";
import { encodeSafetensors } from "../storage/index.js";
import { classOf, samplePosterior } from "../vfm/index.js";
import { type CommandDefinition } from "./command.js";
import { readImageModel } from "./image-model.js";
import { checkpointOption, imagesOption, problemOption } from "./options.js";
import { requireWritable, writeOutputFolder } from "./outputs.js";
import { readSampleInputs, type SampleInput } from "./sample-inputs.js";
import { fileNames, formerSamples, folderOf } from "./sample-files.js";
import { addSamplerOptions, samplerOf, type SamplerOptions } from "./sampler-options.js";
import { updateLine, updateNote } from "./update-note.js";

/** Options of `vfm sample`. */
export interface SampleCommandOptions extends SamplerOptions {
  checkpoint: string;
  image?: string[];
  observation?: string[];
  problem: string;
  out: string;
}

/** A draw that takes more milliseconds than this is not repeated to measure its time. */
const longDraw = 3000;

/** Samples drawn at once, at most. */
const mostAtOnce = 512;

/** `vfm sample`: posterior samples for images, which it degrades first, or for given observations. */
export const sampleCommand: CommandDefinition<SampleCommandOptions> = {
  name: "sample",
  description: "draw posterior samples for images, which are degraded first, or for observations made elsewhere",
  options: (command) =>
    addSamplerOptions(
      command
        .addOption(checkpointOption())
        .addOption(imagesOption("the true images: they are degraded, and shown beside the samples"))
        .option(
          "--observation <files...>",
          "y and A^T y as `vfm degrade` writes them (.safetensors), or A^T y alone as a picture of the model's size",
        )
        .addOption(problemOption()),
    ).requiredOption(
      "--out <dir>",
      "the folder for report.html, samples.json, PNGs and samples.safetensors; each of several images has its own folder in it",
    ),
  example: "vfm sample --image digit --problem inpaint-box --samples 16 --out out/digit",
  computes: true,
  run: async (options, { seed, signal, note, progress }) => {
    const { checkpoint, problem: name, samples: count, out } = options;
    const sampler = samplerOf(options);
    await requireWritable(out, "folder");
    const model = await readImageModel(checkpoint);
    const problem = model.model.problem(name);
    const { observation, inputs } = await readSampleInputs(options, model.image, problem, seed, note);
    const update = "y" in observation;
    const updated = updateNote(model.model, problem, update ? undefined : "y is not known, only A^T y");
    const total = inputs.length * count;
    const draw = (onBatch?: (done: number) => void) =>
      timeWithoutCompiling(() =>
        samplePosterior(model.model, observation, {
          samples: count,
          seed,
          update,
          batchSize: Math.min(count, mostAtOnce),
          onBatch,
          ...sampler,
        }),
      );
    const first = await draw((done) => progress.update(done, `${total} samples`));
    const { samples: drawn, evaluations } = first.result;
    // The engine's first run is slower than later ones: the time is that of a second run, unless that would take too long.
    const { milliseconds } = first.milliseconds < longDraw ? await draw() : first;
    const msPerSample = milliseconds / total;
    const { title, description } = problemText(name);
    const samples = unstack(drawn);
    const files = inputs.map((input) => fileNames(count).map((file) => join(folderOf(input, inputs), file)));
    const json = {
      problem: name,
      class: classOf(model.model, problem),
      sigma: problem.observation.sigma,
      seed,
      samples: count,
      evaluations,
      sampler: options.sampler,
      ...updated,
      msPerSample,
      report: join(out, "report.html"),
      files: files.flat().map((file) => join(out, file)),
      images: inputs.map(({ shown: _shown, truth: _truth, ...input }, i) => ({
        ...input,
        files: files[i].map((file) => join(out, file)),
      })),
    };
    const fill = async (temporary: string): Promise<void> => {
      for (const [i, input] of inputs.entries())
        await writeSamples(join(temporary, folderOf(input, inputs)), input, samples[i]);
      await writeReport(join(temporary, "report.html"), {
        title: `Posterior samples: ${title}`,
        lead: `${count} samples of ${inputs.length === 1 ? "the image" : `each of ${inputs.length} images`} given its observation, ${evaluations === 1 ? "one evaluation" : `${evaluations} evaluations`} of the network each.`,
        facts: [
          { name: "Seed", value: String(seed) },
          { name: "Time", value: `${msPerSample.toFixed(2)} ms a sample` },
        ],
        problems: [
          {
            name: problem.name,
            title,
            description,
            sigma: problem.observation.sigma,
            rows: inputs.map(({ shown, truth }, i) => reportRow(shown, samples[i], truth)),
          },
        ],
      });
      await writeFile(join(temporary, "samples.json"), `${JSON.stringify(json, null, 2)}\n`);
    };
    await writeOutputFolder(out, signal, fill, await formerSamples(out));
    const what = inputs.length === 1 ? name : `each of ${inputs.length} images, ${name},`;
    const text = `${count} samples of ${what} are in ${out}: open ${join(out, "report.html")}`;
    return { json, text: [text, ...updateLine(updated)].join("\n") };
  },
};

/** The files of one input: a PNG of every sample, of their mean and of the observation, and the exact values. */
async function writeSamples(folder: string, { shown }: SampleInput, samples: HostArray): Promise<void> {
  await makeFolders(folder);
  const write = (file: string, content: Uint8Array): Promise<void> => writeFile(join(folder, file), content);
  const names = fileNames(samples.shape[0]);
  await Promise.all(unstack(samples).map(async (sample, i) => write(names[i], await encodePng(sample))));
  await write("observation.png", await encodePng(shown));
  await write("mean.png", await encodePng(meanOf(samples)));
  await write("samples.safetensors", encodeSafetensors(new Map(Object.entries(sampleTensors(samples)))));
}
