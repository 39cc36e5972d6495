import { type Command, Option } from "commander";
import { join } from "node:path";
import { writeFile } from "node:fs/promises";
import {
  calibrateImageModel,
  type CalibrationTarget,
  checkerboardTarget,
  judgeSamplers,
  linearGaussianTarget,
} from "../evaluate/calibration/index.js";
import { summariseVerdict } from "../metrics/calibration/index.js";
import {
  imageCalibrationFigure,
  problemText,
  type ReportedSampler,
  vectorFigure,
  verdictHead,
  verdictRow,
  writeCalibrationReport,
} from "../report/index.js";
import { folderNote, type FolderNote } from "./folder-note.js";
import { imagesOf } from "./held-out.js";
import { readImageModel } from "./image-model.js";
import { InputError } from "../errors.js";
import { loadCheckpoint } from "../checkpoint/index.js";
import { type CommandDefinition, type Context } from "./command.js";
import { integerOption } from "./options.js";
import { formerJson, requireWritable, writeOutputFolder } from "./outputs.js";
import { modelFolder } from "../platform/node/index.js";
import { shippedCheckpoint } from "./package-folder.js";
import { textTable } from "./text-table.js";

const targets = ["linear-gaussian", "checkerboard", "image-model"] as const;

/** Options of `vfm calibrate`. */
export interface CalibrateCommandOptions {
  target: (typeof targets)[number];
  checkpoint?: string;
  simulations?: number;
  samples?: number;
  steps: number;
  out?: string;
}

/** The probability that the diagnostics catch an exact sampler, at most. */
const level = 0.001;

/** Simulations and samples of each, enough to catch an error of 20 % nearly always (see targets.test.ts). */
const defaults = {
  vectors: { simulations: 2000, samples: 49 },
  images: { simulations: 300, samples: 16 },
};

/** Options with the numbers that are used. */
type SizedOptions = CalibrateCommandOptions & { simulations: number; samples: number };

interface Judged {
  title: string;
  samplers: ReportedSampler[];
  /** Samplers that are known to be exact, or not, and were judged to be the other. */
  mistaken: string[];
  details: Record<string, object>;
  /** Of a folder that images were read from. */
  inFolder?: FolderNote;
}

/** `vfm calibrate`: whether posterior samples are calibrated, by simulation. */
export const calibrateCommand: CommandDefinition<CalibrateCommandOptions> = {
  name: "calibrate",
  description: "test whether posterior samples are calibrated: ranks, coverage, TARP, likelihood",
  options: (command: Command) =>
    command
      .addOption(
        new Option("--target <name>", "what is judged: two cases with known posteriors, or a model of images")
          .choices(targets)
          .makeOptionMandatory(),
      )
      .addOption(
        new Option(
          "--checkpoint <dir>",
          "the trained model (default: of image-model, the shipped MNIST model)",
        ).argParser(modelFolder),
      )
      .option("--simulations <n>", "truths with an observation each (default: 2000; 300 images)", integerOption(50))
      .option("--samples <n>", "samples an observation (default: 49; 16 of images)", integerOption(2))
      .option("--steps <n>", "evaluations of the flow map a sample", integerOption(1), 1)
      .option("--out <dir>", "a folder for report.html, calibration.json and the figures"),
  example: "vfm calibrate --target linear-gaussian --out out/calibration",
  computes: true,
  run: async (options, context) => {
    const { target, out } = options;
    if (out !== undefined) await requireWritable(out, "folder");
    const sizes = { ...(target === "image-model" ? defaults.images : defaults.vectors) };
    const { simulations = sizes.simulations, samples = sizes.samples } = options;
    const { title, samplers, mistaken, details, inFolder } =
      target === "image-model"
        ? await judgeImages({ ...options, simulations, samples }, context)
        : await judgeVectors(await vectorTarget({ ...options, simulations }, context), samples, context);
    const json = {
      target,
      level,
      simulations,
      samples,
      seed: context.seed,
      ...inFolder,
      samplers: Object.fromEntries(samplers.map(({ name, summary }) => [name, { ...summary, ...details[name] }])),
      ...(out === undefined ? {} : { report: join(out, "report.html") }),
    };
    if (out !== undefined)
      await writeOutputFolder(
        out,
        context.signal,
        async (temporary) => {
          await writeCalibrationReport(temporary, {
            title: `Calibration: ${title}`,
            lead: `${simulations} truths, each with an observation and ${samples} posterior samples given it. An exact sampler is caught by any of the tests with a probability of ${level * 100} % at most.`,
            facts: [
              { name: "Seed", value: String(context.seed) },
              { name: "Level", value: `${level} a sampler, over all its tests (Bonferroni)` },
            ],
            samplers,
          });
          await writeFile(join(temporary, "calibration.json"), `${JSON.stringify(json, null, 2)}\n`);
        },
        await formerFigures(out),
      );
    const lines = [
      `${simulations} simulations, ${samples} samples each; an exact sampler is caught with a probability of ${level * 100} % at most`,
      "",
      textTable(
        verdictHead,
        samplers.map(({ name, summary }) => verdictRow(name, summary)),
      ),
      ...(mistaken.length === 0 ? [] : ["", `The diagnostics are mistaken about ${mistaken.join(", ")}.`]),
      ...(out === undefined ? [] : ["", `Open ${join(out, "report.html")}`]),
    ];
    return { json, text: lines.join("\n"), failed: mistaken.length > 0 };
  },
};

/** The figures that a former run wrote, of other samplers perhaps. */
async function formerFigures(out: string): Promise<string[]> {
  const { samplers = {} } = ((await formerJson(join(out, "calibration.json"))) ?? {}) as { samplers?: object };
  const names = Object.keys(samplers).filter((name) => /^[\w -]+$/.test(name));
  return names.flatMap((name) => [`${name}.svg`, `${name}.png`]);
}

async function vectorTarget(
  { target, checkpoint, simulations, steps }: CalibrateCommandOptions & { simulations: number },
  { seed }: Context,
): Promise<CalibrationTarget> {
  if (target === "checkerboard")
    return checkerboardTarget(
      simulations,
      seed,
      checkpoint === undefined ? undefined : { ...(await loadCheckpoint(checkpoint)), steps },
    );
  if (checkpoint !== undefined)
    throw new InputError("--checkpoint is for checkerboard and image-model: the linear-Gaussian case has no model");
  return linearGaussianTarget(simulations, seed);
}

async function judgeVectors(target: CalibrationTarget, samples: number, { seed, progress }: Context): Promise<Judged> {
  const judged = await judgeSamplers(target, { samples, level, seed }, (done, name) => progress.update(done, name));
  return {
    title: target.title,
    samplers: judged.map(({ name, description, verdict, ranked }) => ({
      name,
      title: description,
      summary: summariseVerdict(verdict),
      draw: () => vectorFigure(ranked, verdict.threshold),
    })),
    mistaken: judged.filter(({ mistaken }) => mistaken).map(({ name }) => name),
    details: {},
  };
}

async function judgeImages(
  { checkpoint = shippedCheckpoint("mnist"), simulations, samples, steps }: SizedOptions,
  { seed, progress, note }: Context,
): Promise<Judged> {
  const loaded = await readImageModel(checkpoint);
  const validation = await imagesOf(loaded, "validation");
  const inFolder = folderNote([validation.folder], note);
  const judged = await calibrateImageModel(loaded.model, validation, {
    problems: loaded.problems,
    simulations,
    samples,
    steps,
    level,
    seed,
    onProgress: (done, name) => progress.update(done, name),
  });
  const details = Object.fromEntries(
    judged.map(({ name, found: { pixels }, coverage }) => {
      const coverage90 = coverage.find(({ level: credible }) => credible === 0.9)?.empirical;
      return [name, { coverage90, pixels: pixels.length }];
    }),
  );
  return {
    title: "model of images",
    samplers: judged.map((problem) => ({
      name: problem.name,
      title: problemText(problem.name).title,
      summary: summariseVerdict(problem.found.verdict),
      draw: () => imageCalibrationFigure(problem, loaded.image),
    })),
    mistaken: [],
    details,
    inFolder,
  };
}
