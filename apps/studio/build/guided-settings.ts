import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { type StudioModel } from "../src/site/manifest.js";
import { root } from "./folders.js";

interface Tuned {
  entries: { dataset: string; problem: string; method: string; chosen: Record<string, number> }[];
}

/** The guided samplers' settings that `vfm tune` chose for a data set, by problem and method. */
export async function guidedSettings(dataset: string): Promise<StudioModel["guided"]> {
  const { entries } = JSON.parse(await readFile(join(root, "benchmarks/images/tuned.json"), "utf8")) as Tuned;
  const settings: Record<string, Record<string, Record<string, number>>> = {};
  for (const { problem, method, chosen } of entries.filter((entry) => entry.dataset === dataset))
    settings[problem] = { ...settings[problem], [method]: chosen };
  return settings;
}
