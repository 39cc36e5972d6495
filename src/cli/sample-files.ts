import { join } from "node:path";
import { formerJson } from "./outputs.js";

/** The names of the samples' PNGs. */
export function fileNames(samples: number): string[] {
  return Array.from({ length: samples }, (_, i) => `sample-${String(i + 1).padStart(3, "0")}.png`);
}

/** The folder of an input's files inside the output folder: the output folder itself if there is only one input. */
export function folderOf({ name }: { name: string }, all: readonly unknown[]): string {
  return all.length === 1 ? "" : name;
}

/** The paths of the files that a former run of `vfm sample` wrote into a folder, according to its samples.json. */
export async function formerSamples(out: string): Promise<string[]> {
  const { samples = 0, images = [] } = ((await formerJson(join(out, "samples.json"))) ?? {}) as {
    samples?: number;
    images?: { name: string }[];
  };
  // Whatever the file says, no path may lead out of the folder.
  const known = Number.isSafeInteger(samples) && Array.isArray(images);
  const names = known ? images.filter(({ name }) => /^[^/\\]+$/.test(name) && name !== "..") : [];
  const files = known ? [...fileNames(samples), "mean.png", "observation.png", "samples.safetensors"] : [];
  return names.flatMap((image) => files.map((file) => join(folderOf(image, images), file)));
}
