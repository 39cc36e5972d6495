import { type NDArray } from "../../../src/array/index.js";

/** What the layers of a network give, by the names of the published modules. */
export type Layers = Record<string, NDArray>;

const words: Readonly<Record<string, string>> = {
  blocks: "block",
  embedder: "embed",
  emb: "embed",
  middle: "mid",
  mod: "modulation",
  adaln: "",
  layer: "",
  module: "",
};

// Words that a name may leave out after its first: "down0.res1" is the module "down_blocks.0.res_blocks.1".
const fillers = ["block", "res", "resblock", "resblocks", "resnets", ""];

/**
 * One spelling for the names that recorded layers and published modules have: "block3" and "blocks.3", "mid1" and "mid_block1",
 * "down0_res1" and "down_blocks.0.res_blocks.1" are the same.
 */
export function layerKey(name: string): string {
  return name
    .toLowerCase()
    .replace(/([a-z])(\d)/g, "$1.$2")
    .split(/[^a-z0-9]+/)
    .map((word) => words[word] ?? word)
    .filter((word, i) => i === 0 || !fillers.includes(word))
    .join(".");
}

/** The layers that these recorded names stand for, by the recorded names; those that no layer has are left out. */
export function layersNamed(layers: Layers, recorded: readonly string[]): Layers {
  const byKey = new Map(Object.entries(layers).map(([name, array]) => [layerKey(name), array]));
  const found = recorded.map((name) => [name, byKey.get(layerKey(name))] as const);
  return Object.fromEntries(found.flatMap(([name, array]) => (array === undefined ? [] : [[name, array]])));
}
