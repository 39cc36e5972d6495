import { readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.js";
import { lock, writeFolderAtomically } from "../storage/index.js";
import {
  type ImageRecord,
  lockName,
  manifestName,
  recordFile,
  recordIn,
  removeOtherManifests,
  startManifest,
} from "./manifest.js";
import { outputFolder, portablePath } from "./output-names.js";
import { claimFolder, type RunSettings } from "./settings.js";
import { type Shard, shardOf } from "./shard.js";

/** The result for one image: its record in the manifest, and its files. */
export interface ImageResult {
  readonly about: Readonly<Record<string, unknown>>;
  /** By name; the files are encoded one after the other, when they are written. */
  readonly files: ReadonlyMap<string, () => Promise<Uint8Array> | Uint8Array>;
}

/** Options of `restoreFolder`. */
export interface RestoreFolderOptions {
  /** The images' paths inside the folder, sorted. */
  paths: readonly string[];
  /** The output folder. */
  out: string;
  /** Everything that determines the files, besides the image. */
  settings: RunSettings;
  shard: Shard;
  /** Whether finished images are skipped; otherwise an earlier run is an error. */
  resume: boolean;
  /** Runs the claim of the output folder, so that processes which share the images can fail together. */
  claiming?(claim: () => Promise<void>): Promise<void>;
  /**
   * Restores one image, given by its path inside the folder with "/" between its parts, and by its path on this system.
   * An InputError means that the image cannot be used.
   */
  restore(path: string, systemPath: string): Promise<ImageResult>;
  /** Called when an image is finished. */
  onImage?(progress: FolderProgress & { record: ImageRecord }): void;
}

/** The number of images of a part, and the results so far. */
export interface FolderProgress {
  readonly images: number;
  /** Number of images restored in this run. */
  readonly done: number;
  /** Number of images restored in an earlier run. */
  readonly skipped: number;
  readonly failed: number;
}

/**
 * Restores a part of a folder of images, one image at a time. Each image's files are written to its own folder,
 * atomically, and its record to the part's manifest. An image that cannot be used is recorded there, and the run
 * continues with the next.
 *
 * @returns the counts, and the manifest's path
 * @throws InputError if the output folder contains another run or another process writes this part, VfmError if it cannot be written
 */
export async function restoreFolder(options: RestoreFolderOptions): Promise<FolderProgress & { manifest: string }> {
  const { out, settings, shard, resume, claiming = (claim: () => Promise<void>) => claim() } = options;
  const locks: (() => Promise<void>)[] = [];
  try {
    await claiming(async () => {
      // The lock of another host may be that of a job that was killed there and now runs here.
      locks.push(await lock(out, lockName(manifestName(shard)), false));
      await claimFolder(out, settings, shard, resume);
    });
    return await restorePart(options);
  } finally {
    for (const release of locks) await release();
  }
}

async function restorePart({
  paths,
  out,
  shard,
  resume,
  restore,
  onImage,
}: RestoreFolderOptions): Promise<FolderProgress & { manifest: string }> {
  await removeOtherManifests(out, shard);
  const own = shardOf(paths, shard);
  if (resume) await removeUnfinished(out, own);
  const manifest = await startManifest(out, shard);
  const counts = { images: own.length, done: 0, skipped: 0, failed: 0 };
  for (const systemPath of own) {
    const path = portablePath(systemPath);
    const folder = outputFolder(systemPath);
    let record = resume ? await recordIn(join(out, folder), path) : undefined;
    if (record !== undefined) counts.skipped++;
    else {
      record = await restoreOne(path, systemPath, folder, out, restore);
      counts[record.status]++;
    }
    await manifest.add(record);
    onImage?.({ ...counts, record });
  }
  return { ...counts, manifest: manifest.path };
}

async function restoreOne(
  path: string,
  systemPath: string,
  folder: string,
  out: string,
  restore: RestoreFolderOptions["restore"],
): Promise<ImageRecord> {
  let result: ImageResult;
  try {
    result = await restore(path, systemPath);
  } catch (error) {
    if (error instanceof InputError) return { path, status: "failed", error: error.message };
    throw error;
  }
  const record: ImageRecord = {
    path,
    status: "done",
    folder: portablePath(folder),
    files: [...result.files.keys()],
    ...result.about,
  };
  await writeFolderAtomically(join(out, folder), async (temporary) => {
    for (const [name, encode] of result.files) await writeFile(join(temporary, name), await encode());
    await writeFile(join(temporary, recordFile), `${JSON.stringify(record)}\n`);
  });
  return record;
}

/**
 * Removes the files that a killed process left for these images. Other parts may be running on other machines, where
 * this process cannot tell whether a process is running, so their files are kept.
 */
async function removeUnfinished(out: string, paths: readonly string[]): Promise<void> {
  const folders = new Set(paths.map((path) => join(out, outputFolder(path))));
  for (const parent of new Set([...folders].map(dirname)))
    for (const name of await readdir(parent).catch(() => [])) {
      const [, of] = /^(.*)\.tmp-(?:[\da-f]{8}-)?\d+(?:-\d+)?(?:-replaced)?$/.exec(basename(name)) ?? [];
      if (of !== undefined && folders.has(join(parent, of)))
        await rm(join(parent, name), { recursive: true, force: true });
    }
}
