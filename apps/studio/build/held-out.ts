import { gatherImages, imageSize } from "variational-flow-maps/data";
import { loadImageFolder, loadImages } from "variational-flow-maps/node";
import { type HeldOutImages } from "../src/site/manifest.js";
import { type OfferedModel } from "./models.js";

/** A model's held-out images: their bytes, and what the manifest says of them. */
export interface HeldOut {
  readonly bytes: Uint8Array;
  readonly shape: readonly number[];
  readonly images: Omit<HeldOutImages, "path">;
  readonly labelNames: readonly string[];
}

/**
 * Takes a model's held-out images from its data set: the first ones of each class in turn, so that every class occurs.
 *
 * @throws InputError saying how to get the data set, if it is not there
 */
export async function heldOutImages({ images: config, count, source }: OfferedModel): Promise<HeldOut> {
  // No model was trained on these folders: all of their images are held out.
  const dataset =
    config.kind === "images" ? await loadImageFolder(config.folder, config) : await loadImages(config, "test");
  const { labels, labelNames = [] } = dataset;
  const chosen = labels === undefined ? Array.from({ length: count }, (_, i) => i) : inTurn(labels, count);
  const { data } = gatherImages(dataset, Int32Array.from(chosen));
  return {
    bytes: Uint8Array.from(data, (value) => Math.round(127.5 * (value + 1))),
    shape: [dataset.shape.channels, dataset.shape.height, dataset.shape.width],
    images: {
      count: data.length / imageSize(dataset.shape),
      source,
      ...(labels && { labels: chosen.map((i) => labels[i]) }),
    },
    labelNames,
  };
}

/** The numbers of the first image of each class, then of the second of each, and so on. */
function inTurn(labels: Int32Array, count: number): number[] {
  const ofClass = new Map<number, number[]>();
  labels.forEach((label, i) => ofClass.set(label, [...(ofClass.get(label) ?? []), i].slice(0, count)));
  const classes = [...ofClass.keys()].sort((a, b) => a - b).map((label) => ofClass.get(label) ?? []);
  return Array.from({ length: count }, (_, i) => classes[i % classes.length][Math.floor(i / classes.length)]);
}
