import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { format, resolveConfig } from "prettier";
import { numberOption } from "../../src/cli/options.js";
import { runScript } from "../../src/cli/standalone.js";
import { networkCosts, stepCost } from "../../src/cost/index.js";
import { InputError } from "../../src/errors.js";
import { writeFileAtomically } from "../../src/storage/index.js";
import { type StageConfig } from "../../src/train/index.js";
import {
  frozenStage,
  parseTrainConfig,
  readTrainConfig,
  type TrainConfig,
} from "../../src/train/configuration/index.js";

// Configurations of the networks that a Variational Flow Map is compared with, with its own backbone and as many operations of
// training. See README.md.

/** Operations of the products of one step of each stage. */
async function flopsOfSteps(config: TrainConfig): Promise<number[]> {
  const networks = await networkCosts(config);
  const costs: number[] = [];
  for (const index of config.stages.keys()) costs.push((await stepCost(config, index, networks)).flops);
  return costs;
}

/** Operations of the products of all stages of a configuration. */
async function flopsOf(config: TrainConfig): Promise<number> {
  const flops = await flopsOfSteps(config);
  return config.stages.reduce((sum, { steps }, i) => sum + steps * flops[i], 0);
}

type JointStage = Extract<StageConfig, { kind: "joint" }>;

const ending = { warmUp: 100, cosineShare: 0.5, final: 0.02 };
const timeLaw = { kind: "logit-normal" };
const jumps = { jumpLaw: { kind: "logit-normal" }, jumpShare: 0.5, wholeJumpShare: 0.5 };
const adaptiveWeight = { power: 0.25, offset: 0.01, per: "sample" };

/** A conditional network's only stage, the share of the operations that it takes, and the network that it begins with. */
interface Conditional {
  stage: Record<string, unknown>;
  share: number;
  begins?: string;
}

/** The conditional networks, with the batch and averages of the joint stage. */
function conditionalNetworks({ batchSize, accumulate, averageDecay, score }: JointStage): Record<string, Conditional> {
  const common = (learningRate: number) => ({ batchSize, accumulate, averageDecay, learningRate, schedule: ending });
  const scored = score && { draws: score.draws, pixelWeight: score.pixelWeight, energyWeight: score.energyWeight };
  const meanFlow = { ...common(7e-4), timeLaw, ...jumps, adaptiveWeight };
  return {
    "conditional-flow": {
      stage: { kind: "conditional-flow-matching", ...common(1e-3), timeLaw },
      share: 0.4,
    },
    "conditional-mean-flow": {
      stage: { kind: "conditional-mean-flow", ...meanFlow },
      share: 0.6,
      begins: "conditional-flow",
    },
    "conditional-score": {
      stage: { kind: "conditional-score", ...common(1e-3), ...scored },
      share: 1,
    },
  };
}

/** The script's options. */
interface EqualBudgetOptions {
  folder: string;
  share: number;
}

await runScript<EqualBudgetOptions>({
  name: "experiments/equal-budget/main.ts",
  description: "write the configurations of the networks that a model is compared with",
  argument: {
    name: "<folder>",
    description:
      "the folder of the model's flow-map.json, adapter.json, joint*.json and adapter-after-joint*.json; the others are written there",
    key: "folder",
  },
  options: (command) =>
    command.option("--share <s>", "operations of a conditional network / the model's", numberOption(1e-6, 1), 1),
  example: "npx tsx experiments/equal-budget/main.ts experiments/mnist/unet --share 0.125",
  run: async ({ folder, share: conditionalShare }, { progress }) => {
    const files = (await readdir(folder)).filter((name) => name.endsWith(".json"));
    // Without the ending, so that `joint` comes before `joint-2`.
    const names = files.map((name) => basename(name, ".json")).sort();
    const read = (name: string): Promise<TrainConfig> => readTrainConfig(join(folder, `${name}.json`));
    const flowMap = await read("flow-map");
    const adapter = await read("adapter");
    const joint = await Promise.all(names.filter((name) => name.startsWith("joint")).map(read));
    const afterJoint = await Promise.all(names.filter((name) => name.startsWith("adapter-after-joint")).map(read));
    const last = joint.at(-1);
    if (last === undefined) throw new InputError(`${folder} has no joint*.json: name the folder of a model's stages`);
    const [stage] = last.stages;
    if (stage.kind !== "joint") throw new InputError("the last configuration has to be of joint training");
    const { predict, ...backbone } = last.flowMap ?? { predict: undefined };
    if (predict !== "data")
      throw new InputError("a conditional network predicts data: the model's flow map has to predict them too");
    const { initialFrom } = joint[0];
    if (typeof initialFrom !== "string")
      throw new InputError("the joint training has to name the checkpoint that it begins with");
    const flopsOfAll = async (configs: readonly TrainConfig[]): Promise<number> =>
      (await Promise.all(configs.map(flopsOf))).reduce((sum, flops) => sum + flops, 0);
    const jointFlops = await flopsOfAll(joint);
    const afterJointFlops = await flopsOfAll(afterJoint);
    const budget = (await flopsOf(flowMap)) + (await flopsOf(adapter)) + jointFlops + afterJointFlops;

    // All networks see the observations as the model does at the end.
    const { problems } = afterJoint.at(-1) ?? last;
    const { seed, data, logEvery, checkpointEvery, checkpointPrecision } = last;
    const shared = { seed, data, problems, logEvery, checkpointEvery, checkpointPrecision };
    /** Writes a configuration whose stage takes this many operations. */
    const write = async (name: string, rest: object, only: object, operations: number) => {
      progress.update(written.length / 5, name);
      const path = join(folder, `${name}.json`);
      const withSteps = (steps: number): object => ({ ...shared, ...rest, stages: [{ ...only, steps }] });
      const [flops] = await flopsOfSteps(parseTrainConfig(withSteps(1), path));
      const steps = Math.max(1, Math.round(operations / flops));
      const style = await resolveConfig(path);
      await writeFileAtomically(path, await format(JSON.stringify(withSteps(steps)), { ...style, filepath: path }));
      written.push({ path, steps, operations });
    };
    const written: { path: string; steps: number; operations: number }[] = [];

    // A configuration names folders relative to its own; a network's run lies beside that of the adapter.
    const checkpointOf = (name: string): string => relative(folder, join(initialFrom, "../..", name, "checkpoint"));
    for (const [name, { stage: only, share, begins }] of Object.entries(conditionalNetworks(stage)))
      await write(
        name,
        { conditional: backbone, ...(begins !== undefined && { initialFrom: checkpointOf(begins) }) },
        only,
        share * conditionalShare * budget,
      );
    // The adapter alone continues from where the joint training began, for as long; then it is trained for its update, as the model is.
    const networks = { flowMap: last.flowMap, adapter: last.adapter };
    const kept = ["before-joint/flow-map", "before-joint/adapter"];
    const areKept = kept.every((name) => existsSync(join(folder, name)));
    const before = areKept ? kept : relative(folder, initialFrom);
    await write("frozen", { ...networks, initialFrom: before }, frozenStage(stage), jointFlops);
    if (afterJoint.length > 0) {
      const { updates, stages } = afterJoint[0];
      const begins = { initialFrom: checkpointOf("frozen"), ...(updates && { updates: relative(folder, updates) }) };
      await write("frozen-updates", { ...networks, ...begins }, stages[0], afterJointFlops);
    }

    const teraflop = (operations: number): string => `${(operations / 1e12).toFixed(0)} TFLOP`;
    const text = [
      ...written.map(({ path, steps, operations }) => `${path}: ${steps} steps, ${teraflop(operations)}`),
      `${basename(resolve(folder))}: the stages of the model take ${teraflop(budget)}, a conditional network ${(conditionalShare * 100).toFixed(0)} % of them`,
    ];
    return { json: { folder, share: conditionalShare, operations: budget, written }, text: text.join("\n") };
  },
});
