import { type HostArray, hostArray, sizeOf } from "../array/index.js";
import { costOf, type GraphCost } from "../compile/index.js";
import { InputError } from "../errors.js";
import { sampleShapeOf } from "../models/index.js";
import { bindNetworks, bindProblems, networkForms } from "../checkpoint/index.js";
import { lossGradient, type StageConfig, stageTask, type DataSource } from "../train/index.js";
import { type TrainConfig } from "../train/configuration/index.js";
import { countParameters, type NetworkCost } from "./network-cost.js";

/** The cost of one training step of a stage. */
export interface StepCost {
  kind: string;
  batchSize: number;
  /** Number of samples that go through the networks at once. */
  part: number;
  /** Cost of loss and gradients of one part. */
  gradient: GraphCost;
  /** Operations of the products of the whole batch, including the autoencoder's encodings. */
  flops: number;
  /**
   * Size in bytes of the parameters of all networks, and of gradients, moments and averages of those in training, in
   * float32.
   */
  stateBytes: number;
}

/**
 * Counts the cost of a training step from its traced graph, which is the one that `train` runs.
 *
 * @param networks the costs of the networks, for the encoder's share
 * @throws InputError if the stage's batch cannot be traced
 */
export async function stepCost(
  config: TrainConfig,
  index: number,
  networks: readonly NetworkCost[],
): Promise<StepCost> {
  const stage = config.stages[index];
  const part = stage.batchSize / stage.accumulate;
  const single: StageConfig = { ...stage, batchSize: part, accumulate: 1, steps: 1 };
  const bound = await bindNetworks(config);
  const { autoencoder } = bound;
  const shape = autoencoder?.imageShape ?? sampleShapeOf(bound);
  const encode = (): Promise<HostArray> => Promise.resolve(zeros([part, ...(autoencoder?.latentShape ?? [])]));
  const problems = await bindProblems(config.problems, shape);
  const run = { ...bound, seed: config.seed, problems, data: emptyData(shape, part) };
  const task = stageTask(single, index, run, autoencoder && encode);
  const forms = networkForms(bound);
  const names = Object.keys(task.learningRates);
  const ofTrained = names.map((name) => [name, { parameters: forms[name], average: forms[name] }] as const);
  const frozen = Object.fromEntries(Object.entries(forms).filter(([name]) => !names.includes(name)));
  if (task.others !== undefined)
    throw new InputError(`stages.${index} has a teacher, whose cost is not counted: leave the stage out`);
  const gradient = await costOf(
    (trained: TracedNetworks, others: Frozen, batch: Batch) => lossGradient(task.loss, trained, others, batch),
    [Object.fromEntries(ofTrained), frozen, await task.draw(0, 0)],
  );
  const encoder = networks.find(({ name }) => name === "encoder")?.evaluation.flops ?? 0;
  const trainedCount = names.reduce((sum, name) => sum + countParameters(forms[name]), 0);
  const allCount = Object.values(forms).reduce((sum, form) => sum + countParameters(form), 0);
  return {
    kind: stage.kind,
    batchSize: stage.batchSize,
    part,
    gradient,
    flops: gradient.flops * stage.accumulate + encoder * stage.batchSize,
    // For each trained network, in addition to its parameters: average, two moments and gradient.
    stateBytes: 4 * (allCount + 4 * trainedCount),
  };
}

type TracedNetworks = Parameters<typeof lossGradient>[1];
type Frozen = Parameters<typeof lossGradient>[2];
type Batch = Parameters<typeof lossGradient>[3];

// Images without content: a traced graph depends only on their shape.
function emptyData(sampleShape: readonly number[], count: number): DataSource {
  return {
    sampleShape,
    count,
    take: (indices) => zeros([indices.length, ...sampleShape]),
    labels: new Int32Array(count),
  };
}

function zeros(shape: number[]): HostArray {
  return hostArray(new Float32Array(sizeOf(shape)), shape);
}
