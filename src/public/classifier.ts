// Small classifiers of images, which classify samples.
export { type Classified, type Classifier, type ClassifierOptions, loadClassifier } from "../classifier/index.js";
