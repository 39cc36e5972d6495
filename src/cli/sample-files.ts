import { join } from "node:path";
import { formerJson } from "./outputs.js";

/** The names of the PNGs of so many samples. */
export function fileNames(samples: number): string[] {
  return Array.from({ length: samples }, (_, i) => `sample-${String(i + 1).padStart(3, "0")}.png`);
}

/** The folder inside the output folder that an input's files are in: the output folder itself where it is the only one. */
export function folderOf({ name }: { name: string }, all: readonly unknown[]): string {
  return all.length === 1 ? "" : name;
}

/** The paths of what a former run of `vfm sample` wrote into a folder, as its samples.json says. */
export async function formerSamples(out: string): Promise<string[]> {
  const { samples = 0, images = [] } = ((await formerJson(join(out, "samples.json"))) ?? {}) as {
    samples?: number;
    images?: { name: string }[];
  };
  // Whatever the file says, nothing outside of the folder is meant.
  const known = Number.isSafeInteger(samples) && Array.isArray(images);
  const names = known ? images.filter(({ name }) => /^[^/\\]+$/.test(name) && name !== "..") : [];
  const files = known ? [...fileNames(samples), "mean.png", "observation.png", "samples.safetensors"] : [];
  return names.flatMap((image) => files.map((file) => join(folderOf(image, images), file)));
}
