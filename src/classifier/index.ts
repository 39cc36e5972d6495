// A small convolutional classifier of images, its training and its files. Frechet distances, precision and recall of
// samples are measured in its features.
export { type ClassifierMetadata, readClassifier, writeClassifier } from "./checkpoint.js";
export { type ClassifierConfig } from "./classifier.js";
export {
  accuracyOf,
  type Classified,
  type Classifier,
  type ClassifierOptions,
  compileClassifier,
  loadClassifier,
} from "./classify.js";
export { type LabelledDataset, requireLabels } from "./labelled-images.js";
export { type ClassifierTraining, trainClassifier } from "./training.js";
