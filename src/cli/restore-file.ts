import { encodeDeepPng, encodePng, readWholeImage } from "../node/data/index.js";
import { type Problem } from "../operators/index.js";
import { meanOf, sampleTensors, standardDeviationOf } from "../report/index.js";
import { type ImageResult } from "../restore/index.js";
import { encodeSafetensors } from "../storage/index.js";
import { imageTiling, restoreImage, type RestoredImage, type RestoreImageOptions } from "../tiles/index.js";
import { type ImageModel } from "./image-model.js";
import { fileNames } from "./sample-files.js";

/** Restores an image file, and returns the content of its result's files. */
export async function restoreFile(
  model: ImageModel,
  problem: Problem,
  path: string,
  options: RestoreImageOptions,
  tensors: boolean,
): Promise<ImageResult> {
  const { channels } = model.image;
  const { image, converted } = await readWholeImage(path, channels, (size) =>
    imageTiling(model.model, problem, size, options, path),
  );
  const [, height, width] = image.shape;
  const restored = await restoreImage(model.model, problem, image, options);
  const [, , ...size] = restored.samples.shape;
  const clipped = options.degrade ? 0 : image.data.filter((value) => Math.abs(value) >= 1).length;
  return {
    about: {
      problem: problem.name,
      seed: options.seed,
      size: { width: size[1], height: size[0] },
      ...((size[0] < height || size[1] < width) && { cut: { width: width - size[1], height: height - size[0] } }),
      samples: options.samples,
      tiles: restored.tiles,
      ...(converted.length > 0 && { converted }),
      ...(clipped > 0 && { clipped }),
    },
    files: filesOf(restored, tensors),
  };
}

function filesOf({ samples, observation }: RestoredImage, tensors: boolean): ImageResult["files"] {
  const std = standardDeviationOf(samples);
  const [count, ...shape] = samples.shape;
  const names = fileNames(count);
  const size = samples.data.length / count;
  const pngs = names.map((name, i): [string, () => Promise<Uint8Array>] => [
    name,
    () => encodePng({ shape, data: samples.data.subarray(i * size, (i + 1) * size) }),
  ]);
  return new Map<string, () => Promise<Uint8Array> | Uint8Array>([
    ["observation.png", () => encodePng(observation)],
    ["mean.png", () => encodePng(meanOf(samples))],
    ...(std ? [["std.png", () => encodeDeepPng(std)] as const] : []),
    ...pngs,
    ...(tensors
      ? [["samples.safetensors", () => encodeSafetensors(new Map(Object.entries(sampleTensors(samples))))] as const]
      : []),
  ]);
}
