import { type ImageDataConfig, loadImages, type Split } from "../../src/data/index.js";
import { InputError } from "../../src/errors.js";
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

// The classifiers that `vfm evaluate` and `vfm benchmark` read samples with. See README.md.
const titles = { mnist: "MNIST", "fashion-mnist": "Fashion-MNIST" } as const;
const training: ClassifierTraining = {
  seed: 0,
  epochs: 20,
  batchSize: 256,
  learningRate: 2e-3,
  weightDecay: 0.05,
  shift: 2,
};

const [kind = "mnist", epochs = String(training.epochs), folder = `checkpoints/${kind}-classifier`] =
  process.argv.slice(2);
if (kind !== "mnist" && kind !== "fashion-mnist")
  throw new InputError(`the data are "${kind}": use ${Object.keys(titles).join(" or ")}`);
const data: ImageDataConfig = { kind };
const title = titles[kind];
const settings = { ...training, epochs: Number(epochs) };

const load = async (split: Split): Promise<LabelledDataset> =>
  requireLabels(await loadImages(data, split), `${title}'s ${split} split`);
const [train, validation, test] = [await load("train"), await load("validation"), await load("test")];
const network: ClassifierConfig = { image: train.shape, classes: 10, width: 32, features: 64 };

const parameters = await trainClassifier(network, settings, train, {
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
await writeClassifier(folder, parameters, { network, data: `${title}, training split`, training: settings, accuracy });
console.log(`${folder}: accuracy ${JSON.stringify(accuracy)}`);
