import { z } from "zod";
import { append, joinPath, list, readText, remove, writeFileAtomically } from "../storage/index.js";
import { type Shard } from "./shard.js";

const recordSchema = z.looseObject({ path: z.string(), status: z.enum(["done", "failed"]) });

/** The manifest's record of one image. */
export type ImageRecord = z.infer<typeof recordSchema>;

/** The file in an image's own folder with its record of the manifest; if it exists, all of the image's files do. */
export const recordFile = "result.json";

const namePattern = /^manifest(?:-(\d+)-of-(\d+))?\.jsonl$/;

/** The file name of a shard's part of the manifest. */
export function manifestName({ index, count }: Shard): string {
  return count === 1 ? "manifest.jsonl" : `manifest-${index}-of-${count}.jsonl`;
}

/** The file name of the lock of a part of the manifest, by that part's name. */
export const lockName = (manifest: string): string => `${manifest}.lock`;

/** The parts of manifests in a folder, each with the number of parts of its division. */
export async function manifestsIn(folder: string): Promise<{ name: string; count: number }[]> {
  return (await list(folder)).flatMap((name) => {
    const found = namePattern.exec(name);
    return found === null ? [] : [{ name, count: Number(found[2] ?? 1) }];
  });
}

/** Removes the manifests of other divisions, whose records are also in the parts of this one, and their locks. */
export async function removeOtherManifests(folder: string, { count }: Shard): Promise<void> {
  const others = (await manifestsIn(folder)).filter((other) => other.count !== count);
  for (const { name } of others) for (const file of [name, lockName(name)]) await remove(joinPath(folder, file));
}

/** A shard's part of the manifest, written from the start, one image after another. */
export interface Manifest {
  readonly path: string;
  add(record: ImageRecord): Promise<void>;
}

/** Starts a shard's part of the manifest, and replaces that of an earlier run. */
export async function startManifest(folder: string, shard: Shard): Promise<Manifest> {
  const path = joinPath(folder, manifestName(shard));
  await writeFileAtomically(path, "");
  return { path, add: (record) => append(path, `${JSON.stringify(record)}\n`) };
}

/** The record of an image whose files are in `folder`; undefined if it is not done. */
export async function recordIn(folder: string, path: string): Promise<ImageRecord | undefined> {
  try {
    const record = recordSchema.parse(JSON.parse(await readText(joinPath(folder, recordFile))));
    return record.path === path && record.status === "done" ? record : undefined;
  } catch {
    return undefined;
  }
}
