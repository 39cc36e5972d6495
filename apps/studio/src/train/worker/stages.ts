import { adapterAlone, flowMatching, joint, meanFlow, type StageConfig } from "variational-flow-maps/train";
import { steps, type TrainSettings } from "../settings.js";
import { type Side } from "./services.js";

const betas: [number, number] = [0.9, 0.999];
const common = {
  batchSize: 256,
  reduction: "sum",
  betas,
  schedule: { warmUp: 20, cosineShare: 0.6, final: 0.1 },
  averageDecay: 0.98,
} as const;

/** A batch's loss weighs less the larger it is: single losses of jumps spike. */
const jumps = { jumpShare: 0.25, adaptiveWeight: { power: 1, offset: 0.01, per: "batch" } } as const;

/** The flow map by itself: first the velocity, then jumps along it. */
export function flowMapStages({ learningRate }: TrainSettings): StageConfig[] {
  return [
    flowMatching({ ...common, learningRate, steps: steps.flowMatching }),
    meanFlow({ ...common, ...jumps, learningRate, steps: steps.meanFlow }),
  ];
}

/** What follows from the flow map: everything together, or the adapter alone with the same terms. */
export function sideStage(side: Side, { learningRate: peak, alpha, tau, detach, score }: TrainSettings): StageConfig {
  const terms = { ...common, steps: steps.adapters, score: { energyWeight: score } };
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
