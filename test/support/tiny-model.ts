import { randomSource } from "../../src/array/index.js";
import { adapterModel, flowMapModel } from "../../src/models/index.js";
import { mnistProblems, type ProblemSpec } from "../../src/operators/index.js";
import { writeCheckpoint } from "../../src/checkpoint/index.js";
import { aboutUntrained, parseTrainConfig } from "../../src/train/configuration/index.js";

/** Writes the checkpoint of a small untrained model of images [channels, size, size]. By default, it has all six problems. */
export async function writeTinyCheckpoint(
  folder: string,
  channels = 1,
  size = 8,
  problems: readonly ProblemSpec[] = mnistProblems,
): Promise<void> {
  const shape = [channels, size, size];
  const configuration = parseTrainConfig(
    {
      seed: 0,
      data: { kind: "mnist" },
      flowMap: { model: "residual-mlp", shape, depth: 1, width: 8, embedding: 8 },
      adapter: { model: "mlp", observationShape: shape, shape, problems: 6, depth: 1, width: 8 },
      problems,
      stages: [{ kind: "flow-matching", steps: 1, batchSize: 1, learningRate: 1e-3 }],
    },
    "tiny model",
  );
  const networks = {
    flowMap: flowMapModel(configuration.flowMap).initialise(randomSource(0, "flowMap")),
    adapter: adapterModel(configuration.adapter).initialise(randomSource(0, "adapter")),
  };
  await writeCheckpoint(folder, networks, await aboutUntrained(configuration));
}
