import { hostArray, logSumExp, mean, mul, type NDArray, randomSource, sub, sum } from "../array/index.js";
import { type CompileOptions, type Hosted } from "../compile/index.js";
import { oneHot } from "../nn/index.js";
import {
  adamW,
  averageDecay,
  compileStep,
  type Loss,
  type Progress,
  runSteps,
  scheduleFactor,
  shuffledBatches,
  startTraining,
  type TrainedState,
} from "../train/index.js";
import {
  applyClassifier,
  type ClassifierConfig,
  type ClassifierParameters,
  initialiseClassifier,
} from "./classifier.js";
import { type LabelledDataset, shiftedBatch } from "./labelled-images.js";

/** Settings of the training of a classifier. */
export interface ClassifierTraining {
  seed: number;
  epochs: number;
  batchSize: number;
  learningRate: number;
  weightDecay: number;
  /** Greatest displacement of images in pixels, along both axes. */
  shift: number;
  /** Whether images are mirrored left to right, each with probability 1/2. */
  mirror: boolean;
}

const betas = [0.9, 0.999] as const;
const update = { betas, clip: 1 };
const epsilon = 1e-8;
const decay = 0.998;
const schedule = { warmUp: 100, cosineShare: 0.8, final: 0.01 };

/** Cross-entropy, -log softmax(logits)[label], averaged over the batch. logits: [B, classes], labels: int32 [B]. */
export function crossEntropy(logits: NDArray, labels: NDArray): NDArray {
  const chosen = sum(mul(logits, oneHot(labels, logits.shape[1])), 1);
  return mean(sub(logSumExp(logits), chosen));
}

/**
 * Trains a classifier with AdamW on randomly moved images.
 *
 * @returns the moving average of the parameters
 * @throws NonFiniteError if the loss diverges
 */
export async function trainClassifier(
  config: ClassifierConfig,
  training: ClassifierTraining,
  dataset: LabelledDataset,
  options: CompileOptions & { onProgress?(progress: Progress): void } = {},
): Promise<Hosted<ClassifierParameters>> {
  const { seed, batchSize, learningRate, weightDecay, shift, mirror } = training;
  const { onProgress = () => undefined, ...engine } = options;
  const steps = Math.ceil((training.epochs * dataset.count) / batchSize);
  const batches = shuffledBatches(dataset.count, batchSize, seed, "classifier");
  const draw = (step: number, done: number) => {
    const indices = batches(step);
    const { integer } = randomSource(seed, "classifier shift", step);
    const labels = Int32Array.from(indices, (index) => dataset.labels[index]);
    const rate = learningRate * scheduleFactor(schedule, step, done);
    return {
      batch: { x: shiftedBatch(dataset, indices, shift, integer, mirror), labels: hostArray(labels, [batchSize]) },
      scalars: {
        ...adamW.scalars({ betas, epsilon, weightDecay }, rate, step + 1),
        averageDecay: averageDecay(decay, step + 1),
      },
    };
  };
  const loss: Loss = ({ classifier }, _averages, { x, labels }) => {
    const { logits } = applyClassifier(classifier as ClassifierParameters, x as NDArray);
    return [crossEntropy(logits, labels as NDArray), {}];
  };
  const parameters = initialiseClassifier(config, randomSource(seed, "initialise", "classifier"));
  const start: Record<string, TrainedState> = { classifier: startTraining(parameters) };
  const step = await compileStep(loss, update, { trained: start, frozen: {}, batch: draw(0, 0).batch }, engine);
  try {
    const { state } = await runSteps({
      state: start,
      position: { step: 0, seconds: 0 },
      steps,
      draw,
      run: (state, { batch, scalars }) => step.run(state, {}, batch, { classifier: scalars }),
      save: () => Promise.resolve(),
      report: onProgress,
      logEvery: 50,
    });
    return state.classifier.average as Hosted<ClassifierParameters>;
  } finally {
    await step.dispose();
  }
}
