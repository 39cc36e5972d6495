import { imageSetNamed, imageSetNames, type Split } from "../../src/node/data/index.js";
import { type CommandDefinition } from "../../src/cli/command.js";
import { integerOption } from "../../src/cli/options.js";
import { requireWritable } from "../../src/cli/outputs.js";
import { runScript } from "../../src/cli/standalone.js";
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
const training: Omit<ClassifierTraining, "seed"> = {
  epochs: 20,
  batchSize: 256,
  learningRate: 2e-3,
  weightDecay: 0.05,
  shift: 2,
  mirror: false,
};

/** The options of the script. */
interface ClassifierOptions {
  data?: string;
  epochs: number;
  out?: string;
}

const classifiers: CommandDefinition<ClassifierOptions> = {
  name: "experiments/classifiers/main.ts",
  description: "train the classifier of a data set",
  argument: { name: "[data]", description: `${imageSetNames.join(", ")} (default: mnist)`, key: "data" },
  options: (command) =>
    command
      .option("--epochs <n>", "passes over the training images", integerOption(1), training.epochs)
      .option("--out <dir>", "the folder of the classifier (default: checkpoints/DATA-classifier)"),
  example: "npx tsx experiments/classifiers/main.ts fashion-mnist",
  run: async ({ data = "mnist", epochs, out = `checkpoints/${data}-classifier` }, { seed, progress }) => {
    const set = imageSetNamed(data);
    if (set === undefined) throw new InputError(`the data are "${data}": use ${imageSetNames.join(" or ")}`);
    await requireWritable(out, "folder");
    const { title, shape: image, classes } = set;
    // Photographs ask for a wider network, and their mirror images are photographs too; those of digits are not.
    const inColour = image.channels > 1;
    const network: ClassifierConfig = { image, classes, width: inColour ? 64 : 32, features: 64 };
    const settings = { ...training, seed, epochs, mirror: inColour };
    const load = async (split: Split): Promise<LabelledDataset> =>
      requireLabels(await set.load(split), `${title}'s ${split} split`);
    const [train, validation, test] = [await load("train"), await load("validation"), await load("test")];

    const steps = Math.ceil(train.count / settings.batchSize) * epochs;
    const parameters = await trainClassifier(network, settings, train, {
      onProgress: ({ step, measures }) => progress.update(step / steps, `loss ${measures.loss.toFixed(4)}`),
    });
    const classifier = await compileClassifier(network, parameters);
    const accuracy = {
      train: await accuracyOf(classifier, train),
      validation: await accuracyOf(classifier, validation),
      test: await accuracyOf(classifier, test),
    };
    await classifier.dispose();
    await writeClassifier(out, parameters, { network, data: `${title}, training split`, training: settings, accuracy });
    return { json: { out, accuracy }, text: `${out}: accuracy ${JSON.stringify(accuracy)}` };
  },
};

await runScript(classifiers);
