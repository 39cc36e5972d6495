import {
  filledNormal,
  type HostArray,
  inBatches,
  type NDArray,
  type RandomSource,
  sizeOf,
  takeRows,
  type Tree,
} from "../array/index.js";
import { compileCache, type CompileOptions, compileTrees } from "../compile/index.js";
import { type BoundAutoencoder } from "../models/index.js";

/** Draws the latents of images, on the host. */
export type LatentEncoder = (images: HostArray, random: RandomSource) => Promise<HostArray>;

// Number of image values encoded at once: four colour images of 256 x 256 pixels.
const valuesAtOnce = 2 ** 20;

/**
 * The encoder of a frozen autoencoder, compiled for a number of images on first use: [B, ...imageShape] -> latents [B,
 * ...latentShape], drawn with `random`. `dispose` frees what was compiled.
 *
 * @param parametersOf returns the autoencoder's parameters, which a resumed run knows only once its state is read
 */
export function latentEncoder(
  model: BoundAutoencoder,
  engine: CompileOptions,
  parametersOf: () => Tree<HostArray>,
): { encode: LatentEncoder; dispose(): Promise<void> } {
  const { imageShape, latentShape } = model;
  const compiled = compileCache();
  const traced = (tree: Tree<NDArray>, images: NDArray, noise: NDArray): NDArray => model.encode(tree, images, noise);
  const float32 = (shape: number[]) => ({ shape, type: "float32" }) as const;
  const encode: LatentEncoder = async (images, random) => {
    const [count] = images.shape;
    const parameters = parametersOf();
    const batch = Math.max(1, Math.min(count, Math.floor(valuesAtOnce / sizeOf(imageShape))));
    const examples = [parameters, float32([batch, ...imageShape]), float32([batch, ...latentShape])];
    return compiled.use(
      { objects: [], values: [batch] },
      () => compileTrees(traced, examples, engine),
      ({ run }) =>
        inBatches(count, batch, async (rows, filled) => {
          const noise = filledNormal(random, batch, filled, latentShape);
          return (await run(parameters, takeRows(images, rows), noise)) as HostArray;
        }),
    );
  };
  return { encode, dispose: () => compiled.dispose() };
}
