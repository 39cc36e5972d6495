import { readdir, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.js";
import { writeFolderAtomically } from "../storage/index.js";
import { type ImageRecord, recordFile, recordIn, removeOtherManifests, startManifest } from "./manifest.js";
import { outputFolder, portablePath } from "./output-names.js";
import { claimFolder, type RunSettings } from "./settings.js";
import { type Shard, shardOf } from "./shard.js";

/** What was made of one image: what the manifest says of it, and its files. */
export interface ImageResult {
  readonly about: Readonly<Record<string, unknown>>;
  /** By name; encoded one after the other, when they are written. */
  readonly files: ReadonlyMap<string, () => Promise<Uint8Array> | Uint8Array>;
}

/** How a folder is worked through. */
export interface RestoreFolderOptions {
  /** The images' paths inside the folder, sorted. */
  paths: readonly string[];
  /** The folder that is written to. */
  out: string;
  /** What decides the files, beside the image. */
  settings: RunSettings;
  shard: Shard;
  /** Whether images that are done are passed over; else an earlier run is refused. */
  resume: boolean;
  /**
   * Restores one image, given by its path inside the folder with "/" between its parts, and as the system has it. An InputError
   * says that the image cannot be used.
   */
  restore(path: string, systemPath: string): Promise<ImageResult>;
  /** Called when an image has come to its end. */
  onImage?(progress: FolderProgress & { record: ImageRecord }): void;
}

/** How many images of a part there are, and what became of those that have been come to. */
export interface FolderProgress {
  readonly images: number;
  /** Restored now. */
  readonly done: number;
  /** Restored by an earlier run. */
  readonly skipped: number;
  readonly failed: number;
}

/**
 * Works through a part of a folder of images, one at a time: each image's files stand in a folder of its own, written whole or not
 * at all, and its line in the part's manifest. An image that cannot be used is named there, and the others follow.
 *
 * @returns the counts, and the manifest's path
 * @throws InputError if the output folder holds another run, VfmError if it cannot be written
 */
export async function restoreFolder({
  paths,
  out,
  settings,
  shard,
  resume,
  restore,
  onImage,
}: RestoreFolderOptions): Promise<FolderProgress & { manifest: string }> {
  await claimFolder(out, settings, shard, resume);
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
 * Removes what a process that was killed left of these images. Other parts may be at work on other machines, where this one cannot
 * ask whether a process is running: what is theirs stays.
 */
async function removeUnfinished(out: string, paths: readonly string[]): Promise<void> {
  const folders = new Set(paths.map((path) => join(out, outputFolder(path))));
  for (const parent of new Set([...folders].map(dirname)))
    for (const name of await readdir(parent).catch(() => [])) {
      const [, of] = /^(.*)\.tmp-\d+(?:-replaced)?$/.exec(basename(name)) ?? [];
      if (of !== undefined && folders.has(join(parent, of)))
        await rm(join(parent, name), { recursive: true, force: true });
    }
}
