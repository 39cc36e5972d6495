import { type HostArray, hostArray, inBatches, type NDArray, takeRows } from "../array/index.js";
import { compile, type CompileOptions, engineRules, type Hosted } from "../compile/index.js";
import { batchShape, type ImageShape, imageSize } from "../data/index.js";
import { InputError, ShapeError } from "../errors.js";
import {
  aText,
  checkArgument,
  checkOptions,
  type OptionRule,
  type OptionRules,
  positiveInteger,
  trueOrFalse,
} from "../options.js";
import { applyClassifier, type ClassifierConfig, type ClassifierParameters } from "./classifier.js";
import { readClassifier } from "./checkpoint.js";
import { type LabelledDataset } from "./labelled-images.js";

/** A classifier's results for a number of images. */
export interface Classified {
  /** The most probable class of each image. */
  labels: Int32Array;
  /** [count, featureSize] */
  features: Float32Array;
}

/** A classifier ready to run. */
export interface Classifier {
  image: ImageShape;
  /** Length of a feature vector. */
  featureSize: number;
  /**
   * Classifies any number of images. images: [count, C, H, W]. Throws InputError if they are not whole images of finite
   * values.
   */
  classify(images: Float32Array): Promise<Classified>;
  /** Frees the engine's memory. */
  dispose(): Promise<void>;
}

const float32Values: OptionRule = {
  wanted: "a Float32Array",
  accepts: (value) => value instanceof Float32Array,
};
const rules: OptionRules<ClassifierOptions> = {
  batchSize: positiveInteger,
  reuseOutputs: trueOrFalse,
  replicas: positiveInteger,
  ...engineRules,
};

/** Options of `loadClassifier`. */
export interface ClassifierOptions extends CompileOptions {
  /** Number of images classified at once. Default: 500. */
  batchSize?: number | undefined;
}

/**
 * Compiles a classifier.
 *
 * @throws InputError or ShapeError if a parameter is missing or misshapen, or an option is wrong
 */
export async function compileClassifier(
  config: ClassifierConfig,
  parameters: Hosted<ClassifierParameters>,
  { batchSize = 500, ...options }: ClassifierOptions = {},
): Promise<Classifier> {
  const { image, features: featureSize, classes } = config;
  const size = imageSize(image);
  const shape = batchShape(batchSize, image);
  const compiled = await compile(
    (weights: ClassifierParameters, x: NDArray) => applyClassifier(weights, x),
    [parameters, { shape, type: "float32" }],
    options,
  );
  return {
    image,
    featureSize,
    async classify(images) {
      checkArgument("classify", "images", images, float32Values);
      const count = images.length / size;
      if (!Number.isInteger(count))
        throw new ShapeError(
          `the classifier reads images of ${shape.slice(1).join(" x ")}, got ${images.length} values`,
        );
      const wrong = images.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0)
        throw new InputError(`classify: value ${wrong} of the images is ${images[wrong]}: give finite ones`);
      if (count === 0) return { labels: new Int32Array(0), features: new Float32Array(0) };
      const all = hostArray(images, batchShape(count, image));
      const { features, logits } = await inBatches(count, batchSize, (rows) =>
        compiled.run(parameters, takeRows(all, rows)),
      );
      const labels = Int32Array.from({ length: count }, (_, i) => largest(logits, i, classes));
      return { labels, features: features.data as Float32Array };
    },
    dispose: () => compiled.dispose(),
  };
}

/**
 * Loads a classifier of images, for example of posterior samples.
 *
 * @param folder the folder of a classifier's checkpoint, e.g. checkpoints/mnist-classifier, or in a browser its URL
 * @throws InputError naming the file, and the entry or tensor that is missing, misshapen or damaged, or an option that is wrong
 * @example
 * const classifier = await loadClassifier("checkpoints/mnist-classifier", { batchSize: 16 });
 * const { labels } = await classifier.classify(samples); // the most probable digit of each sample
 */
export async function loadClassifier(folder: string, options: ClassifierOptions = {}): Promise<Classifier> {
  checkArgument("loadClassifier", "folder", folder, aText);
  checkOptions("loadClassifier", options, rules);
  const { metadata, parameters } = await readClassifier(folder);
  return compileClassifier(metadata.network, parameters, options);
}

/**
 * The share of a data set's images that the classifier classifies correctly.
 *
 * @throws InputError if there is no image, or as `classify` does
 */
export async function accuracyOf(classifier: Classifier, dataset: LabelledDataset): Promise<number> {
  if (dataset.count === 0) throw new InputError("accuracyOf: the data set is empty: give one or more images");
  const { labels } = await classifier.classify(dataset.images);
  return labels.filter((label, i) => label === dataset.labels[i]).length / dataset.count;
}

function largest({ data }: HostArray, row: number, length: number): number {
  let best = 0;
  for (let k = 1; k < length; k++) if (data[row * length + k] > data[row * length + best]) best = k;
  return best;
}
