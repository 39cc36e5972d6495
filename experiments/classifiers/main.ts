import { imageSetNamed, imageSetNames, type Split } from "../../src/node/data/index.js";
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
} from "../../src/classifier/index.js";

// The classifiers that `vfm evaluate` and `vfm benchmark` read samples with. See README.md.
const training: ClassifierTraining = {
  seed: 0,
  epochs: 20,
  batchSize: 256,
  learningRate: 2e-3,
  weightDecay: 0.05,
  shift: 2,
  mirror: false,
};

const [kind = "mnist", epochs = String(training.epochs), folder = `checkpoints/${kind}-classifier`] =
  process.argv.slice(2);
const set = imageSetNamed(kind);
if (set === undefined) throw new InputError(`the data are "${kind}": use ${imageSetNames.join(" or ")}`);
const { title, shape: image, classes } = set;
// Photographs ask for a wider network, and their mirror images are photographs too; those of digits are not.
const inColour = image.channels > 1;
const network: ClassifierConfig = { image, classes, width: inColour ? 64 : 32, features: 64 };
const settings = { ...training, epochs: Number(epochs), mirror: inColour };

const load = async (split: Split): Promise<LabelledDataset> =>
  requireLabels(await set.load(split), `${title}'s ${split} split`);
const [train, validation, test] = [await load("train"), await load("validation"), await load("test")];

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
