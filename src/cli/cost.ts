import { readModelConfig, type TrainConfig } from "../train/configuration/index.js";
import { accelerators, type NetworkCost, networkCosts, secondsAt, type StepCost, stepCost } from "../cost/index.js";
import { type CommandDefinition } from "./command.js";
import { textTable } from "./text-table.js";

/** Options of `vfm cost`. */
export interface CostCommandOptions {
  config: string;
  step: boolean;
}

/** Images in ImageNet's training split: an epoch, if a configuration's data are ImageNet. */
const imageNetImages = 1_281_167;

/** `vfm cost <config.json>`: parameters, operations and memory of a configuration, counted from its traced graphs. */
export const costCommand: CommandDefinition<CostCommandOptions> = {
  name: "cost",
  description:
    "count parameters, operations and memory of a configuration from its traced graphs, without running them",
  argument: { name: "<config.json>", description: "a training configuration; stages may be missing", key: "config" },
  options: (command) =>
    command.option("--step", "count a training step of each stage too (tracing it takes a while)", false),
  example: "vfm cost mine/config.json --json",
  run: async ({ config: path, step }, { progress }) => {
    const config = await readModelConfig(path);
    progress.update(0, "networks");
    const networks = await networkCosts(config);
    const steps: StepCost[] = [];
    for (const index of step ? config.stages.keys() : []) {
      progress.update(index / config.stages.length, `stage ${index + 1}`);
      steps.push(await stepCost(config, index, networks));
    }
    const sampling = samplingFlops(networks);
    const seconds = accelerators.map(({ name, float32, bfloat16 }) => ({
      name,
      float32: secondsOn(float32, sampling, steps),
      bfloat16: secondsOn(bfloat16, sampling, steps),
    }));
    const json = { networks, sampling, steps: steps.map((one) => ({ ...one, ...epochOf(one, config) })), seconds };
    return { json, text: describe(networks, sampling, steps) };
  },
};

/** Operations of one posterior sample: with the adapter in one evaluation, and with a guided sampler of 250 steps, each of
 * two evaluations. */
interface SamplingFlops {
  oneEvaluation: number;
  guided250: number;
}

function samplingFlops(networks: readonly NetworkCost[]): SamplingFlops {
  const flopsOf = (name: string): number => networks.find((network) => network.name === name)?.evaluation.flops ?? 0;
  const map = flopsOf("flow map");
  return {
    oneEvaluation: flopsOf("adapter") + map + flopsOf("decoder"),
    guided250: 500 * map + flopsOf("decoder"),
  };
}

function secondsOn(peak: number, { oneEvaluation, guided250 }: SamplingFlops, steps: readonly StepCost[]) {
  return {
    sample: secondsAt(oneEvaluation, peak),
    guided250: secondsAt(guided250, peak),
    steps: steps.map(({ flops }) => secondsAt(flops, peak)),
  };
}

function epochOf({ batchSize, flops }: StepCost, { data }: TrainConfig) {
  if (data.kind !== "imagenet") return {};
  const stepsAnEpoch = Math.ceil(imageNetImages / batchSize);
  return { stepsAnEpoch, flopsAnEpoch: stepsAnEpoch * flops };
}

const giga = (value: number): string => (value / 1e9).toFixed(2);
const mega = (value: number): string => (value / 1e6).toFixed(1);

function describe(networks: readonly NetworkCost[], sampling: SamplingFlops, steps: readonly StepCost[]): string {
  const rows = networks.map(({ name, parameters, evaluation: { flops, peakBytes } }) => [
    name,
    mega(parameters),
    mega(4 * parameters),
    giga(flops),
    mega(peakBytes),
  ]);
  const table = textTable(["network", "M parameters", "MB float32", "GFLOP a sample", "MB of results"], rows);
  const lines = steps.map(
    ({ kind, batchSize, part, gradient, flops, stateBytes }) =>
      `a step of ${kind} with ${batchSize} samples, ${part} at a time: ${giga(flops)} GFLOP, ` +
      `${giga(stateBytes + gradient.peakBytes)} GB`,
  );
  return [
    table,
    `a sample in one evaluation: ${giga(sampling.oneEvaluation)} GFLOP; guided, 250 x 2 evaluations: ${giga(sampling.guided250)}`,
    ...lines,
  ].join("\n");
}
