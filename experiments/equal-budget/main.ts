import { readdir } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { writeFileAtomically } from "../../src/storage/index.js";
import { networkCosts, stepCost } from "../../src/cost/index.js";
import { type StageConfig } from "../../src/train/index.js";
import { frozenStage, readTrainConfig, type TrainConfig } from "../../src/train/configuration/index.js";

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

const {
  positionals: [folder],
  values,
} = parseArgs({ allowPositionals: true, options: { share: { type: "string", default: "1" } } });
if (folder === undefined) throw new Error("name the folder of the model's configurations, e.g. experiments/mnist/unet");
const conditionalShare = Number(values.share);
if (!(conditionalShare > 0 && conditionalShare <= 1)) throw new Error("--share has to be above 0 and at most 1");
const names = (await readdir(folder)).sort();
const read = (name: string): Promise<TrainConfig> => readTrainConfig(join(folder, name));
const flowMap = await read("flow-map.json");
const adapter = await read("adapter.json");
const joint = await Promise.all(names.filter((name) => /^joint.*\.json$/.test(name)).map(read));
const last = joint[joint.length - 1];
const jointFlops = (await Promise.all(joint.map(flopsOf))).reduce((sum, flops) => sum + flops, 0);
const budget = (await flopsOf(flowMap)) + (await flopsOf(adapter)) + jointFlops;

// The batch, schedule and averages of the joint stage, which every one of these networks shares.
const [stage] = last.stages;
if (stage.kind !== "joint") throw new Error("the last configuration has to be of joint training");
const { batchSize, accumulate, averageDecay, score } = stage;
const common = { batchSize, accumulate, averageDecay };
const ending = { warmUp: 100, cosineShare: 0.5, final: 0.02 };
const timeLaw = { kind: "logit-normal" };
const jumps = { jumpLaw: { kind: "logit-normal" }, jumpShare: 0.5, wholeJumpShare: 0.5 };
const adaptiveWeight = { power: 0.25, offset: 0.01, per: "sample" };

/** A stage, and the share of the budget that it takes. */
type Shared = { stage: Record<string, unknown>; share: number };
const flowMatching = (share: number, schedule: object): Shared => ({
  stage: { kind: "conditional-flow-matching", ...common, learningRate: 1e-3, schedule, timeLaw },
  share,
});
const conditional: Record<string, Shared[]> = {
  "conditional-flow": [flowMatching(1, ending)],
  "conditional-mean-flow": [
    flowMatching(0.3, { warmUp: 100 }),
    {
      stage: {
        kind: "conditional-mean-flow",
        ...common,
        learningRate: 7e-4,
        schedule: ending,
        startFrom: "parameters",
        timeLaw,
        ...jumps,
        adaptiveWeight,
      },
      share: 0.7,
    },
  ],
  "conditional-score": [
    {
      stage: {
        kind: "conditional-score",
        ...common,
        learningRate: 1e-3,
        schedule: ending,
        ...(score && { draws: score.draws, pixelWeight: score.pixelWeight, energyWeight: score.energyWeight }),
      },
      share: 1,
    },
  ],
};

const { seed, data, problems, logEvery, checkpointEvery, checkpointPrecision } = last;
const shared = { seed, data, problems, logEvery, checkpointEvery, checkpointPrecision };

/** Writes a configuration whose stages take their shares of the operations. */
async function write(name: string, rest: object, stages: readonly Shared[], operations: number): Promise<void> {
  const path = join(folder, `${name}.json`);
  const withSteps = (steps: readonly number[]): object => ({
    ...shared,
    ...rest,
    stages: stages.map((one, i) => ({ ...one.stage, steps: steps[i] })),
  });
  await writeFileAtomically(path, `${JSON.stringify(withSteps(stages.map(() => 1)), null, 2)}\n`);
  const flops = await flopsOfSteps(await readTrainConfig(path));
  const steps = stages.map(({ share }, i) => Math.max(1, Math.round((share * operations) / flops[i])));
  const style = await resolveConfig(path);
  await writeFileAtomically(path, await format(JSON.stringify(withSteps(steps)), { ...style, filepath: path }));
  console.log(`${path}: ${steps.join(" + ")} steps, ${(operations / 1e12).toFixed(0)} TFLOP`);
}

const { predict, ...backbone } = last.flowMap ?? { predict: undefined };
if (predict !== "data") throw new Error("a conditional network predicts data: so has the flow map to do");
for (const [name, stages] of Object.entries(conditional))
  await write(name, { conditional: backbone }, stages, conditionalShare * budget);
// The adapter alone goes on from where the joint training began, for as long.
const frozen: StageConfig = frozenStage(stage);
const { adapter: adapterModel, flowMap: flowMapModel } = last;
const { initialFrom } = joint[0];
if (initialFrom === undefined) throw new Error("the joint training has to name the checkpoint that it begins with");
await write(
  "frozen",
  // A configuration names folders relative to its own.
  { flowMap: flowMapModel, adapter: adapterModel, initialFrom: relative(folder, initialFrom) },
  [{ stage: { ...frozen }, share: 1 }],
  jointFlops,
);
console.log(
  `${basename(resolve(folder))}: flow-map, adapter and joint take ${(budget / 1e12).toFixed(0)} TFLOP, each conditional network ${(conditionalShare * 100).toFixed(0)} % of them`,
);
