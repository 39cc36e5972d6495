import { randomSource } from "../src/array/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { checkpointOption, integerOption } from "../src/cli/options.js";
import { type Backend } from "../src/compile/index.js";
import { loadCheckpoint } from "../src/checkpoint/index.js";
import { samplePosterior } from "../src/vfm/index.js";
import { fastestMilliseconds } from "./timing.js";

/** `bench sample`: one-step posterior sampling of a checkpoint on both engines. */
export const sampleBenchmark: CommandDefinition<{ checkpoint: string; samples: number; steps: number }> = {
  name: "sample",
  description: "time posterior sampling on both engines",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--samples <n>", "samples drawn at once", integerOption(1), 256)
      .option("--steps <n>", "evaluations of the flow map", integerOption(1), 1),
  example: "npm run bench -- sample --json",
  run: async ({ checkpoint, samples, steps }, { seed, progress }) => {
    const { model } = await loadCheckpoint(checkpoint);
    const transposed = randomSource(seed, "observation").normalArray([1, ...model.sampleShape]);
    const observation = { problem: model.problems[0], transposed };
    const time = async (backend: Backend, runs: number): Promise<number> =>
      (await fastestMilliseconds(
        () => samplePosterior(model, observation, { samples, steps, seed, batchSize: samples, update: false, backend }),
        runs,
      )) / samples;
    progress.update(0.1, "onnx engine");
    const onnxMs = await time("onnx", 10);
    progress.update(0.5, "jax-js engine");
    const jaxMs = await time("jax", 2);
    const json = { onnxMs, jaxMs, speedupOverJax: jaxMs / onnxMs, samples, evaluations: steps };
    const text = [
      `onnx engine    ${onnxMs.toFixed(3)} ms a sample`,
      `jax-js engine  ${jaxMs.toFixed(3)} ms a sample: ${json.speedupOverJax.toFixed(1)} times as long`,
    ];
    return { json, text: text.join("\n") };
  },
};
