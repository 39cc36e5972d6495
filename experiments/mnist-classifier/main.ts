import { loadMnist, type Split } from "../../src/data/index.js";
import {
  accuracyOf,
  type ClassifierConfig,
  type ClassifierTraining,
  compileClassifier,
  type LabelledDataset,
  requireLabels,
  trainClassifier,
  writeClassifier,
} from "../../src/evaluate/index.js";

// The classifier that `vfm evaluate` reads digits with. See README.md.
const folder = "checkpoints/mnist-classifier";
const training: ClassifierTraining = {
  seed: 0,
  epochs: 20,
  batchSize: 256,
  learningRate: 2e-3,
  weightDecay: 0.05,
  shift: 2,
};

const load = async (split: Split): Promise<LabelledDataset> =>
  requireLabels(await loadMnist(split), `MNIST's ${split} split`);
const [train, validation, test] = await Promise.all([load("train"), load("validation"), load("test")]);
const network: ClassifierConfig = { image: train.shape, classes: 10, width: 32, features: 64 };

const parameters = await trainClassifier(network, training, train, {
  onProgress: ({ step, measures, secondsLeft }) => {
    console.log(`step ${step}: loss ${measures.loss.toFixed(4)}, ${Math.round(secondsLeft)} s left`);
  },
});
const classifier = await compileClassifier(network, parameters);
const accuracy = {
  train: await accuracyOf(classifier, train),
  validation: await accuracyOf(classifier, validation),
  test: await accuracyOf(classifier, test),
};
await classifier.dispose();
await writeClassifier(folder, parameters, { network, data: "MNIST, training split", training, accuracy });
console.log(`${folder}: accuracy ${JSON.stringify(accuracy)}`);
