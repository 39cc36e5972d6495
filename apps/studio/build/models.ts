import { type ImageDataConfig } from "variational-flow-maps/node";

/** A model that the studio offers if its checkpoint exists. */
export interface OfferedModel {
  readonly name: string;
  readonly title: string;
  /** Folders of the repository. */
  readonly checkpoint: string;
  readonly classifier?: string;
  /** What the classifier's classes are called. Default: the labels of the images, or else the ten digits. */
  readonly classes?: readonly string[];
  /** Where its held-out images come from, and how many are shown. */
  readonly images: ImageDataConfig;
  readonly count: number;
  readonly source: string;
  /** The file of the repository that names their authors and licences, if these have to be named. */
  readonly attribution?: string;
}

/** The models in the order in which they are offered. */
export const offeredModels: readonly OfferedModel[] = [
  {
    name: "mnist",
    title: "Digits",
    checkpoint: "checkpoints/mnist",
    classifier: "checkpoints/mnist-classifier",
    images: { kind: "mnist" },
    count: 40,
    source: "MNIST's test images",
  },
  {
    name: "fashion-mnist",
    title: "Garments",
    checkpoint: "checkpoints/fashion-mnist",
    classifier: "checkpoints/fashion-mnist-classifier",
    images: { kind: "fashion-mnist" },
    count: 40,
    source: "Fashion-MNIST's test images",
  },
  {
    name: "cifar10",
    title: "Photographs",
    checkpoint: "checkpoints/cifar10",
    classifier: "checkpoints/cifar10-classifier",
    classes: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
    // The data set's own images carry no licence.
    images: { kind: "images", folder: "assets/photographs", height: 32, width: 32, channels: 3 },
    count: 14,
    source: "photographs under Creative Commons licences",
    attribution: "assets/photographs/ATTRIBUTION.md",
  },
];
