import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import { Option } from "commander";
import { type HostArray } from "../array/index.js";
import { type Device } from "../compile/index.js";
import { encodePng } from "../node/data/index.js";
import { InputError } from "../errors.js";
import { type Observation, observe, type Problem, type SeenObservation } from "../operators/index.js";
import { meanOf, problemText, reportRow, standardDeviationOf, unstack, writeReport } from "../report/index.js";
import { encodeSafetensors } from "../storage/index.js";
import {
  classOf,
  flowMapSamplers,
  type SampleOptions,
  samplePosterior,
  type Samples,
  type SamplerSettings,
} from "../vfm/index.js";
import { type CommandDefinition } from "./command.js";
import { readImageBatch } from "./image-input.js";
import { type ImageModel, readImageModel } from "./image-model.js";
import { first, readObservation } from "./observation-file.js";
import {
  checkpointOption,
  deviceOption,
  imageOption,
  integerOption,
  intervalOption,
  numberOption,
  problemOption,
} from "./options.js";
import { requireWritable, writeOutputFolder } from "./outputs.js";

/** Options of `vfm sample`. */
export interface SampleCommandOptions {
  checkpoint: string;
  image?: string;
  observation?: string;
  problem: string;
  samples: number;
  steps: number;
  sampler: (typeof flowMapSamplers)[number];
  gamma?: number;
  label?: number;
  guidance?: number;
  guidanceInterval?: [low: number, high: number];
  device: Device;
  out: string;
}

/** Milliseconds after which a draw is not repeated. */
const longDraw = 3000;

interface Observed {
  /** y with the mask or kernel behind it; A^T y alone where no more is known. */
  observation: Observation | SeenObservation;
  /** What the report shows as the observation, [1, C, H, W]: y itself where it was made here. */
  shown: HostArray;
  /** The image, [1, C, H, W], where it is known. */
  truth?: HostArray;
}

/** `vfm sample`: posterior samples for an image that it degrades, or for an observation that it is given. */
export const sampleCommand: CommandDefinition<SampleCommandOptions> = {
  name: "sample",
  description: "draw posterior samples for an image that is degraded first, or for an observation made elsewhere",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .addOption(imageOption("the true image: it is degraded, and shown beside the samples"))
      .option("--observation <file>", "A^T y at the model's image size (.png, or .safetensors as `vfm degrade` writes)")
      .addOption(problemOption())
      .option("--samples <n>", "samples to draw", integerOption(1), 16)
      .option("--steps <n>", "steps of the sampler, an evaluation of the flow map each", integerOption(1), 1)
      .addOption(new Option("--sampler <name>", "how noise becomes data").choices(flowMapSamplers).default("euler"))
      .option("--gamma <share>", "share of fresh noise of --sampler ctm, 0 to 1", numberOption(0, 1))
      .option("--label <n>", "the class of the image, where the model knows classes", integerOption(0))
      .option("--guidance <scale>", "classifier-free guidance towards --label; 1 is none", numberOption(0))
      .option("--guidance-interval <low,high>", "the times that are guided (default: 0,1)", intervalOption)
      .addOption(deviceOption())
      .requiredOption("--out <dir>", "the folder for PNGs, report.html, samples.safetensors and samples.json"),
  example: "vfm sample --image digit --problem inpaint-box --samples 16 --out out/digit",
  run: async (options, { seed, signal }) => {
    const { checkpoint, problem: name, samples: count, out } = options;
    const sampler = samplerOf(options);
    if (options.image === undefined && options.observation === undefined)
      throw new InputError("give --image (to be degraded) or --observation (degraded already)");
    await requireWritable(out, "folder");
    const model = await readImageModel(checkpoint);
    const problem = model.model.problem(name);
    const observed = await observedOf(options, model, problem, seed);
    const update = "y" in observed.observation;
    const draw = async (): Promise<Samples> => {
      const drawn = await samplePosterior(model.model, observed.observation, {
        samples: count,
        seed,
        update,
        ...sampler,
      });
      return { ...drawn, samples: first(drawn.samples) };
    };
    let start = performance.now();
    const { samples, evaluations } = await draw();
    let msPerSample = (performance.now() - start) / count;
    // The first draw also compiles the sampler: a second one says what a sample takes, unless it would be a long wait.
    if (msPerSample * count < longDraw) {
      start = performance.now();
      await draw();
      msPerSample = (performance.now() - start) / count;
    }
    const names = Array.from({ length: count }, (_, i) => `sample-${String(i + 1).padStart(3, "0")}.png`);
    const { title, description } = problemText(name);
    const json = {
      problem: name,
      class: classOf(model.model, problem),
      sigma: problem.observation.sigma,
      seed,
      samples: count,
      evaluations,
      sampler: options.sampler,
      msPerSample,
      report: join(out, "report.html"),
      files: names.map((file) => join(out, file)),
    };
    await writeOutputFolder(out, signal, async (temporary) => {
      const write = (file: string, content: string | Uint8Array): Promise<void> =>
        writeFile(join(temporary, file), content);
      const writeImage = async (file: string, image: HostArray): Promise<void> => write(file, await encodePng(image));
      await Promise.all(unstack(samples).map((sample, i) => writeImage(names[i], sample)));
      await writeImage("observation.png", first(observed.shown));
      await writeImage("mean.png", meanOf(samples));
      await write(
        "samples.safetensors",
        encodeSafetensors(
          new Map([
            ["samples", samples],
            ["mean", meanOf(samples)],
            ["std", standardDeviationOf(samples)],
          ]),
        ),
      );
      await writeReport(join(temporary, "report.html"), {
        title: `Posterior samples: ${title}`,
        lead: `${count} samples of the image given its observation, ${evaluations === 1 ? "one evaluation" : `${evaluations} evaluations`} of the network each.`,
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
            rows: [reportRow(first(observed.shown), samples, observed.truth && first(observed.truth))],
          },
        ],
      });
      await write("samples.json", `${JSON.stringify(json, null, 2)}\n`);
    });
    return { json, text: `${count} samples of ${name} are in ${out}: open ${join(out, "report.html")}` };
  },
};

/** The sampler's settings that the options give. */
function samplerOf(options: SampleCommandOptions): SamplerSettings & Pick<SampleOptions, "label" | "device"> {
  const { steps, sampler, gamma, label, guidance: scale, guidanceInterval: interval, device } = options;
  if (interval !== undefined && scale === undefined)
    throw new InputError("--guidance-interval says when to guide: give --guidance too");
  return {
    steps,
    sampler,
    device,
    ...(gamma !== undefined && { gamma }),
    ...(label !== undefined && { label }),
    ...(scale !== undefined && { guidance: { scale, ...(interval && { interval }) } }),
  };
}

async function observedOf(
  { image: imagePath, observation: observationPath }: SampleCommandOptions,
  { image }: ImageModel,
  problem: Problem,
  seed: number,
): Promise<Observed> {
  const truth = imagePath === undefined ? {} : { truth: await readImageBatch(imagePath, image) };
  if (observationPath !== undefined) {
    const observation = await readObservation(observationPath, problem, image);
    return { observation, shown: observation.transposed, ...truth };
  }
  const images = truth.truth as HostArray;
  const observation = await observe(problem, images, { seed });
  return { observation, shown: observation.y, truth: images };
}
