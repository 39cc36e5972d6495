import { adapterAlone, flowMatching, joint, meanFlow, type StageConfig } from "variational-flow-maps/train";
import { type RunLength, type TrainSettings } from "../settings.js";
import { type Side } from "./services.js";

const betas: [number, number] = [0.9, 0.999];
const common = {
  reduction: "sum",
  betas,
  schedule: { warmUp: 20, cosineShare: 0.6, final: 0.1 },
  averageDecay: 0.98,
} as const;

/** The larger a batch's loss, the smaller its weight: single losses of jumps spike. */
const jumps = { jumpShare: 0.25, adaptiveWeight: { power: 1, offset: 0.01, per: "batch" } } as const;

/** The stages of the flow map alone: first the velocity, then jumps along it. */
export function flowMapStages({ learningRate }: TrainSettings, length: RunLength): StageConfig[] {
  const { batchSize } = length;
  return [
    flowMatching({ ...common, batchSize, learningRate, steps: length.flowMatching }),
    meanFlow({ ...common, ...jumps, batchSize, learningRate, steps: length.meanFlow }),
  ];
}

/** The stages after the flow map: everything together, or the adapter alone with the same terms. */
export function sideStage(side: Side, settings: TrainSettings, { adapters, batchSize }: RunLength): StageConfig {
  const { learningRate: peak, alpha, tau, detach, score } = settings;
  const terms = { ...common, batchSize, steps: adapters, score: { energyWeight: score } };
  const learningRate = peak / 2;
  if (side === "frozen") return adapterAlone({ ...terms, learningRate });
  return joint({
    ...terms,
    ...jumps,
    learningRate: { flowMap: learningRate, adapter: learningRate },
    alpha,
    tau: { start: tau, end: tau },
    detachNoise: detach,
  });
}
