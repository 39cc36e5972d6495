import { cifar10 } from "./cifar10.js";
import { type Dataset, type ImageShape } from "../../data/index.js";
import { fashionMnist } from "./fashion-mnist.js";
import { type FetchedImages, loadFetched, openFetched } from "./fetched-images.js";
import { type ImageSource, sourceOfDataset } from "../../data/index.js";
import { loadMnist } from "./mnist.js";
import { quickdraw } from "./quickdraw.js";
import { type Split } from "./split.js";

/** A data set that has a name in this library. */
export interface ImageSet {
  readonly title: string;
  readonly shape: ImageShape;
  /** The number of classes. */
  readonly classes: number;
  /** The number of images of each split. */
  readonly counts: Readonly<Record<Split, number>>;
  /** How `vfm data fetch` downloads it; absent if it comes with this package's dependencies. */
  readonly fetched?: FetchedImages | undefined;
  /** Loads a split into memory. Throws InputError, which explains how to get the data, if they are missing. */
  load(split: Split): Promise<Dataset>;
  /** Opens the training split for reading in batches. Throws InputError as `load` does. */
  open(): Promise<ImageSource>;
}

/** The table of all named data sets, in which every name is looked up. */
export const imageSets = {
  mnist: {
    title: "MNIST",
    shape: { channels: 1, height: 28, width: 28 },
    classes: 10,
    counts: { train: 55_000, validation: 5_000, test: 10_000 },
    load: loadMnist,
    open: async () => sourceOfDataset(await loadMnist("train")),
  },
  "fashion-mnist": fetchedSet("fashion-mnist", fashionMnist),
  cifar10: fetchedSet("cifar10", cifar10),
  quickdraw: fetchedSet("quickdraw", quickdraw),
} satisfies Readonly<Record<string, ImageSet>>;

/** The name of a data set of the table. */
export type ImageSetName = keyof typeof imageSets;

/** The names of all data sets of the table. */
export const imageSetNames = Object.keys(imageSets) as ImageSetName[];

/** The data set of this name; undefined if the table has none. */
export function imageSetNamed(name: string): ImageSet | undefined {
  return Object.hasOwn(imageSets, name) ? imageSets[name as ImageSetName] : undefined;
}

function fetchedSet(name: string, fetched: FetchedImages): ImageSet {
  const { title, shape, classes, counts } = fetched;
  return {
    title,
    shape,
    classes,
    counts,
    fetched,
    load: (split) => loadFetched(name, fetched, split),
    open: () => openFetched(name, fetched),
  };
}
