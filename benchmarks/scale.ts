import { randomSource } from "../src/array/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { integerOption } from "../src/cli/options.js";
import { networkCosts } from "../src/cost/index.js";
import { loadCheckpoint } from "../src/checkpoint/index.js";
import { imageShapeOfModel, type PosteriorOptions, samplePosterior } from "../src/vfm/index.js";
import { fastestMilliseconds } from "./timing.js";

/** Number of evaluations of a guided sampler in the published comparison: 250 steps, with and without the label. */
const guidedEvaluations = 500;

/** `bench scale`: one posterior sample of a checkpoint in one evaluation, and four to extrapolate from. */
export const scaleBenchmark: CommandDefinition<{ checkpoint: string; runs: number }> = {
  name: "scale",
  description:
    "time one sample in one evaluation of a large model against 250 guided steps, extrapolated from 4 evaluations",
  options: (command) =>
    command
      .requiredOption("--checkpoint <dir>", "the model: `vfm initialise` makes one of any size")
      .option("--runs <n>", "timed runs, of which the fastest counts", integerOption(1), 2),
  example: "npm run bench -- scale --checkpoint out/dmft-b --json",
  run: async ({ checkpoint, runs }, { seed, progress }) => {
    const { model, metadata } = await loadCheckpoint(checkpoint);
    const shape = [1, ...imageShapeOfModel(model)];
    const transposed = randomSource(seed, "observation").normalArray(shape);
    const observation = { problem: model.problems[0], transposed };
    const time = (options: Partial<PosteriorOptions>): Promise<number> =>
      fastestMilliseconds(
        () => samplePosterior(model, observation, { samples: 1, seed, update: false, ...options }),
        runs,
      );
    progress.update(0.1, "one evaluation");
    const oneMs = await time({});
    progress.update(0.4, "four evaluations");
    const fourMs = await time({ steps: 4 });
    const evaluationMs = (fourMs - oneMs) / 3;
    const guidedMs = oneMs + (guidedEvaluations - 1) * evaluationMs;
    progress.update(0.8, "operations");
    const costs = await networkCosts(metadata.model);
    const flopsOf = (name: string): number => costs.find((cost) => cost.name === name)?.evaluation.flops ?? 0;
    const sampleFlops = flopsOf("adapter") + flopsOf("flow map") + flopsOf("decoder");
    const json = {
      oneMs,
      fourMs,
      evaluationMs,
      guidedMs,
      ratio: guidedMs / oneMs,
      sampleGflop: sampleFlops / 1e9,
      sampleGflops: sampleFlops / oneMs / 1e6,
      evaluationGflops: flopsOf("flow map") / evaluationMs / 1e6,
      peakMemoryGB: (process.resourceUsage().maxRSS * 1024) / 1e9,
    };
    const text = [
      `one evaluation      ${(oneMs / 1000).toFixed(2)} s a sample, ${json.sampleGflops.toFixed(0)} GFLOP/s`,
      `four evaluations    ${(fourMs / 1000).toFixed(2)} s: ${(evaluationMs / 1000).toFixed(3)} s each, ${json.evaluationGflops.toFixed(0)} GFLOP/s`,
      `250 x 2 evaluations ${(guidedMs / 1000).toFixed(0)} s (extrapolated): ${json.ratio.toFixed(1)} times as long`,
      `peak memory         ${json.peakMemoryGB.toFixed(2)} GB`,
    ];
    return { json, text: text.join("\n") };
  },
};
