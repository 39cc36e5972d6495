import { problemClasses, problemNamed } from "../operators/index.js";
import { writeFileAtomically } from "../storage/index.js";
import { problemSamplerOnnx, samplerOnnx } from "../vfm/index.js";
import { type CommandDefinition } from "./command.js";
import { readImageModel } from "./image-model.js";
import { checkpointOption, integerOption, stepsOption } from "./options.js";
import { requireWritable } from "./outputs.js";

/** Options of `vfm export`. */
export interface ExportCommandOptions {
  checkpoint: string;
  onnx: string;
  problem?: string;
  steps: number;
  batch: number;
}

/** `vfm export`: writes the posterior sampler as a standard ONNX file. */
export const exportCommand: CommandDefinition<ExportCommandOptions> = {
  name: "export",
  description: "write the posterior sampler as an ONNX file that any ONNX runtime can run",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .requiredOption("--onnx <file>", "the file to write")
      .option(
        "--problem <name>",
        "the whole sampler of this problem, with its update on the observation (default: the networks alone, for all problems)",
      )
      .option("--steps <n>", "evaluations of the flow map", stepsOption, 1)
      .option("--batch <n>", "samples drawn at once", integerOption(1), 1),
  example: "vfm export --onnx sampler.onnx --batch 16",
  run: async ({ checkpoint, onnx, problem, steps, batch }, { signal, progress }) => {
    await requireWritable(onnx, "file");
    const { model, problems, image } = await readImageModel(checkpoint);
    const options = { steps, batch };
    progress.update(0, `${steps} ${steps === 1 ? "step" : "steps"}`);
    const { bytes, inputs } = await (problem === undefined
      ? samplerOnnx(model, options)
      : problemSamplerOnnx(model, problemNamed(problems, problem), options));
    signal.throwIfAborted();
    await writeFileAtomically(onnx, bytes);
    const x = [batch, image.channels, image.height, image.width];
    const numbers = problemClasses(problems);
    const classes = Object.fromEntries(problems.map(({ name }, place) => [name, numbers[place]]));
    const json = {
      onnx,
      steps,
      inputs,
      outputs: { x },
      ...(problem === undefined ? { classes } : { problem, updated: "residual_noise" in inputs }),
    };
    const side = (shape: readonly number[]): string => `[${shape.join(", ")}]`;
    const meanings: Readonly<Record<string, string>> = {
      observation: ", A^T y",
      class: `: ${problems.map(({ name }, place) => `${numbers[place]} ${name}`).join(", ")}`,
      y: ", 0 where nothing was observed",
      noise: ", standard normal",
      residual_noise: ", standard normal",
      observation_noise: ", standard normal",
    };
    const lines = Object.entries(inputs).map(([name, shape]) => {
      const type = name === "class" ? "int32" : "float32";
      return `  ${name.padEnd(17)}  ${type.padEnd(7)} ${side(shape)}${meanings[name] ?? ""}`;
    });
    const note =
      problem === undefined
        ? ["The file holds the networks alone: --problem NAME adds the update on the observation and its temperature."]
        : [];
    return { json, text: [`${onnx}: x ${side(x)} from`, ...lines, ...note].join("\n") };
  },
};
