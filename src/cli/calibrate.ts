import { type Command, Option } from "commander";
import { z } from "zod";
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
  figureName,
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
import { integerOption, stepsOption } from "./options.js";
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
  steps?: number;
  out?: string;
}

/** The largest probability with which the diagnostics catch an exact sampler. */
const level = 0.001;

/** Simulations and samples of each, enough to catch an error of 20 % nearly always (see targets.test.ts). */
const defaults = {
  vectors: { simulations: 2000, samples: 49 },
  images: { simulations: 300, samples: 16 },
};

/** The options with their numbers filled in. */
type SizedOptions = CalibrateCommandOptions & { simulations: number; samples: number };

interface Judged {
  title: string;
  samplers: ReportedSampler[];
  /** Samplers that are known to be exact, or known not to be, and were judged wrongly. */
  mistaken: string[];
  details: Record<string, object>;
  /** The number of simulations, if there were not enough images for those that were requested. */
  simulations?: number;
  /** The notes on a folder that images were read from. */
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
          "the trained model (default for image-model: the shipped MNIST model)",
        ).argParser(modelFolder),
      )
      .option(
        "--simulations <n>",
        "truths, each with one observation (default: 2000, for image-model 300)",
        integerOption(50),
      )
      .option("--samples <n>", "samples per observation (default: 49, for image-model 16)", integerOption(2))
      .option("--steps <n>", "evaluations of a model's flow map per sample (default: 1)", stepsOption)
      .option("--out <dir>", "a folder for report.html, calibration.json and the figures"),
  example: "vfm calibrate --target linear-gaussian --out out/calibration",
  computes: true,
  run: async (options, context) => {
    const { target, out } = options;
    if (options.steps !== undefined && target !== "image-model" && options.checkpoint === undefined)
      throw new InputError("--steps is for models: leave it out, or name the checkerboard's with --checkpoint");
    if (out !== undefined) await requireWritable(out, "folder");
    const sizes = { ...(target === "image-model" ? defaults.images : defaults.vectors) };
    const { simulations: requested = sizes.simulations, samples = sizes.samples } = options;
    const judged =
      target === "image-model"
        ? await judgeImages({ ...options, simulations: requested, samples }, context)
        : await judgeVectors(await vectorTarget({ ...options, simulations: requested }, context), samples, context);
    const { title, samplers, mistaken, details, inFolder, simulations = requested } = judged;
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
            lead: `${simulations} truths, each with one observation and ${samples} posterior samples given it. The tests together catch an exact sampler with a probability of at most ${level * 100} %.`,
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
      `${simulations} simulations, ${samples} samples each; an exact sampler is caught with a probability of at most ${level * 100} %`,
      "",
      textTable(
        verdictHead,
        samplers.map(({ name, summary }) => verdictRow(name, summary)),
      ),
      ...(mistaken.length === 0 ? [] : ["", `The diagnostics are wrong about ${mistaken.join(", ")}.`]),
      ...(out === undefined ? [] : ["", `Open ${join(out, "report.html")}`]),
    ];
    return { json, text: lines.join("\n"), failed: mistaken.length > 0 };
  },
};

// The file may be of another version, or no longer what the command wrote.
const formerSchema = z.looseObject({ samplers: z.record(z.string(), z.unknown()) });

/** The figures that a former run wrote, possibly of other samplers. */
async function formerFigures(out: string): Promise<string[]> {
  const { data } = formerSchema.safeParse(await formerJson(join(out, "calibration.json")));
  const names = Object.keys(data?.samplers ?? {}).map(figureName);
  return names.flatMap((name) => [`${name}.svg`, `${name}.png`]);
}

async function vectorTarget(
  { target, checkpoint, simulations, steps = 1 }: CalibrateCommandOptions & { simulations: number },
  { seed }: Context,
): Promise<CalibrationTarget> {
  if (target === "checkerboard")
    return checkerboardTarget(
      simulations,
      seed,
      checkpoint === undefined ? undefined : { ...(await loadCheckpoint(checkpoint)), steps },
    );
  if (checkpoint !== undefined)
    throw new InputError(
      "--checkpoint is for checkerboard and image-model: leave it out, the linear-Gaussian case has no model",
    );
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
  { checkpoint = shippedCheckpoint("mnist"), simulations, samples, steps = 1 }: SizedOptions,
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
    simulations: judged[0].simulations,
    inFolder,
  };
}
