import { type HostArray, hostArray, type NDArray, type RandomSource, sizeOf, type Tree } from "../array/index.js";
import { type CompileOptions } from "../compile/index.js";
import { type BoundAutoencoder } from "../models/index.js";
import { compileTrees } from "./step.js";

/** Draws the latents of images on the host. */
export type LatentEncoder = (images: HostArray, random: RandomSource) => Promise<HostArray>;

/** An autoencoder with the map from images to the latents that a flow map is trained on. */
export interface TrainingAutoencoder {
  model: BoundAutoencoder;
  encode: LatentEncoder;
}

// As many values of images are encoded at once: four of 256 x 256 pixels in colour.
const valuesAtOnce = 2 ** 20;

/**
 * The encoder of a frozen autoencoder, compiled when it is first needed: [B, ...imageShape] -> latents
 * [B, ...latentShape], drawn with `random`.
 */
export function latentEncoder(
  model: BoundAutoencoder,
  parameters: Tree<HostArray>,
  engine: CompileOptions,
): LatentEncoder {
  const { imageShape, latentShape } = model;
  const [imageSize, latentSize] = [sizeOf(imageShape), sizeOf(latentShape)];
  const compiled = new Map<number, ReturnType<typeof compileTrees>>();
  const encoderOf = (batch: number): ReturnType<typeof compileTrees> => {
    const examples = [parameters, spec([batch, ...imageShape]), spec([batch, ...latentShape])];
    const encode = (tree: Tree<NDArray>, images: NDArray, noise: NDArray): NDArray => model.encode(tree, images, noise);
    const known = compiled.get(batch) ?? compileTrees(encode, examples, engine);
    compiled.set(batch, known);
    return known;
  };
  return async (images, random) => {
    const [count] = images.shape;
    const latents = new Float32Array(count * latentSize);
    const batch = Math.max(1, Math.min(count, Math.floor(valuesAtOnce / imageSize)));
    for (let start = 0; start < count; start += batch) {
      const size = Math.min(batch, count - start);
      const { run } = await encoderOf(size);
      const part = images.data.slice(start * imageSize, (start + size) * imageSize);
      const noise = random.normalArray([size, ...latentShape]);
      const { data } = (await run(parameters, hostArray(part, [size, ...imageShape]), noise)) as HostArray;
      latents.set(data, start * latentSize);
    }
    return hostArray(latents, [count, ...latentShape]);
  };
}

function spec(shape: number[]) {
  return { shape, type: "float32" } as const;
}
