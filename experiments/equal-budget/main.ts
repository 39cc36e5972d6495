import { readdir } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { parseArgs } from "node:util";
import { format, resolveConfig } from "prettier";
import { InputError } from "../../src/errors.js";
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
if (folder === undefined)
  throw new InputError("name the folder of a model's configurations: main.ts experiments/mnist/unet [--share 0.125]");
const conditionalShare = Number(values.share);
if (!(conditionalShare > 0 && conditionalShare <= 1)) throw new InputError("--share has to be above 0 and at most 1");
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
if (stage.kind !== "joint") throw new InputError("the last configuration has to be of joint training");
const { batchSize, accumulate, averageDecay, score } = stage;
const common = { batchSize, accumulate, averageDecay };
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
const conditional: Record<string, Conditional> = {
  "conditional-flow": {
    stage: { kind: "conditional-flow-matching", ...common, learningRate: 1e-3, schedule: ending, timeLaw },
    share: 0.4,
  },
  "conditional-mean-flow": {
    stage: {
      kind: "conditional-mean-flow",
      ...common,
      learningRate: 7e-4,
      schedule: ending,
      timeLaw,
      ...jumps,
      adaptiveWeight,
    },
    share: 0.6,
    begins: "conditional-flow",
  },
  "conditional-score": {
    stage: {
      kind: "conditional-score",
      ...common,
      learningRate: 1e-3,
      schedule: ending,
      ...(score && { draws: score.draws, pixelWeight: score.pixelWeight, energyWeight: score.energyWeight }),
    },
    share: 1,
  },
};

const { seed, data, problems, logEvery, checkpointEvery, checkpointPrecision } = last;
const shared = { seed, data, problems, logEvery, checkpointEvery, checkpointPrecision };

/** Writes a configuration whose stage takes this many operations. */
async function write(name: string, rest: object, stage: Record<string, unknown>, operations: number): Promise<void> {
  const path = join(folder, `${name}.json`);
  const withSteps = (steps: number): object => ({ ...shared, ...rest, stages: [{ ...stage, steps }] });
  await writeFileAtomically(path, `${JSON.stringify(withSteps(1), null, 2)}\n`);
  const [flops] = await flopsOfSteps(await readTrainConfig(path));
  const steps = Math.max(1, Math.round(operations / flops));
  const style = await resolveConfig(path);
  await writeFileAtomically(path, await format(JSON.stringify(withSteps(steps)), { ...style, filepath: path }));
  console.log(`${path}: ${steps} steps, ${(operations / 1e12).toFixed(0)} TFLOP`);
}

const { predict, ...backbone } = last.flowMap ?? { predict: undefined };
if (predict !== "data") throw new InputError("a conditional network predicts data: so has the flow map to do");
const { initialFrom } = joint[0];
if (initialFrom === undefined)
  throw new InputError("the joint training has to name the checkpoint that it begins with");
// A configuration names folders relative to its own; a network's run lies beside that of the adapter.
const checkpointOf = (name: string): string => relative(folder, join(initialFrom, "../..", name, "checkpoint"));
for (const [name, { stage: only, share, begins }] of Object.entries(conditional))
  await write(
    name,
    { conditional: backbone, ...(begins !== undefined && { initialFrom: checkpointOf(begins) }) },
    only,
    share * conditionalShare * budget,
  );
// The adapter alone goes on from where the joint training began, for as long.
const frozen: StageConfig = frozenStage(stage);
const { adapter: adapterModel, flowMap: flowMapModel } = last;
await write(
  "frozen",
  { flowMap: flowMapModel, adapter: adapterModel, initialFrom: relative(folder, initialFrom) },
  { ...frozen },
  jointFlops,
);
console.log(
  `${basename(resolve(folder))}: flow-map, adapter and joint take ${(budget / 1e12).toFixed(0)} TFLOP, a conditional network ${(conditionalShare * 100).toFixed(0)} % of them`,
);
