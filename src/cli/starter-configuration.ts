import { type ImageShape } from "../data/index.js";
import { mnistProblems as problems } from "../operators/index.js";

/** The folder of the images, beside the configuration. */
export const starterImages = "images";

const schedule = { warmUp: 100, cosineShare: 0.4, final: 0.1 };
const times = { timeLaw: { kind: "logit-normal" } };
const jumps = {
  ...times,
  jumpLaw: { kind: "logit-normal" },
  jumpShare: 0.5,
  wholeJumpShare: 0.25,
};
const observed = { reduction: "mean", observationWeight: 0.1, klWeight: 0.1 };
const score = { draws: 2, pixelWeight: 20, energyWeight: 5 };

/**
 * A training configuration to start with: small U-Nets on a folder of images of any size, which are resized and cropped to `shape`.
 * The stages and their settings are those of `experiments/mnist/unet`.
 */
export function starterConfiguration({ channels, height, width }: ImageShape, seed: number): object {
  const network = {
    model: "unet",
    shape: [channels, height, width],
    channels: 32,
    multipliers: [1, 2, 3],
    groups: 8,
    embedding: 128,
  };
  const [batchSize, averageDecay] = [48, 0.998];
  return {
    seed,
    data: { kind: "images", folder: starterImages, height, width, channels },
    flowMap: network,
    adapter: { ...network, problems: problems.length },
    problems,
    stages: [
      { kind: "flow-matching", steps: 1500, batchSize, learningRate: 1e-3, schedule, averageDecay, ...times },
      {
        kind: "mean-flow",
        steps: 2500,
        batchSize,
        learningRate: 7e-4,
        schedule,
        averageDecay,
        ...jumps,
        adaptiveWeight: { power: 1, offset: 0.01, per: "sample" },
      },
      { kind: "adapter", steps: 1500, batchSize, learningRate: 1e-3, schedule, averageDecay, ...observed, score },
      {
        kind: "joint",
        steps: 2000,
        batchSize,
        learningRate: { flowMap: 4e-4, adapter: 6e-4 },
        schedule,
        averageDecay,
        ...jumps,
        adaptiveWeight: { power: 0.25, offset: 0.01, per: "sample" },
        alpha: 0.4,
        tau: { start: 0.25, end: 0.25 },
        detachNoise: true,
        observationFlowMap: "average",
        ...observed,
        score: { ...score, priorWeight: 20 },
      },
    ],
    logEvery: 50,
    checkpointEvery: { minutes: 5 },
    checkpointPrecision: "float16",
  };
}
