import { join } from "node:path";
import { z } from "zod";
import { formerJson } from "./outputs.js";

// The file may be of another version, or no longer what the command wrote. Whatever it says, no path leads out of the folder.
const formerSchema = z.looseObject({
  samples: z.int().nonnegative().max(100_000),
  images: z.array(z.looseObject({ name: z.string().regex(/^(?!\.\.$)[^/\\]+$/) })),
});

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
  const { data } = formerSchema.safeParse(await formerJson(join(out, "samples.json")));
  if (data === undefined) return [];
  const files = [...fileNames(data.samples), "mean.png", "observation.png", "samples.safetensors"];
  return data.images.flatMap((image) => files.map((file) => join(folderOf(image, data.images), file)));
}
