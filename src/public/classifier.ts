// What reads samples: small classifiers of images.
export { type Classified, type Classifier, type ClassifierOptions, loadClassifier } from "../classifier/index.js";
