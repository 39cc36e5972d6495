import { add, mean, mul, type NDArray, perSample, randomSource, square, sub } from "../array/index.js";
import { flowMapModel } from "../models/index.js";
import { type StageConfig, type TrainConfig } from "./config.js";
import { type TrainingData } from "./data.js";
import { type StageTask } from "./run.js";
import { shuffledBatches } from "./shuffle.js";

/** What a stage of a run trains: its loss and its random draws. */
export function stageTask(stage: StageConfig, index: number, config: TrainConfig, data: TrainingData): StageTask {
  const { seed } = config;
  const indices = shuffledBatches(data.count, stage.batchSize, seed, "stage", index);
  const flowMap = flowMapModel(config.flowMap);
  return {
    learningRates: { flowMap: stage.learningRate as number },
    draw: (step) => {
      const random = randomSource(seed, "stage", index, "step", step);
      const x = data.take(indices(step));
      return { x, z: random.normalArray(x.shape), t: random.uniformArray([stage.batchSize]) };
    },
    loss: (networks, _averages, batch) => {
      const [x, z, t] = [batch.x as NDArray, batch.z as NDArray, batch.t as NDArray];
      const time = perSample(t, x);
      const v = sub(z, x);
      const u = flowMap.apply(networks.flowMap, add(x, mul(time, v)), t, t);
      return [mean(square(sub(u, v))), {}];
    },
  };
}
