import { type HostArray, inBatches, type NDArray, sizeOf, takeRows, type Tree } from "../array/index.js";
import { compileWith, engineOf, ownerOf, sharedCache } from "../compile/index.js";
import { type DrawSettings } from "./sample-options.js";
import { type FlowMapModel } from "./model.js";

// Number of image values decoded at once: one colour image of 256 x 256 pixels, whose features take a gigabyte.
const valuesAtOnce = 2 ** 18;

/**
 * Samples as images: decoded if the model has a decoder, otherwise unchanged.
 *
 * @param samples [n, ...sampleShape]
 * @returns [n, ...imageShape]
 */
export async function decodeSamples(
  { decoder, sampleShape }: FlowMapModel,
  samples: HostArray,
  options: DrawSettings,
): Promise<HostArray> {
  if (decoder === undefined) return samples;
  const [count] = samples.shape;
  const batch = Math.max(1, Math.min(count, Math.floor(valuesAtOnce / sizeOf(decoder.imageShape))));
  const shape = [batch, ...sampleShape];
  const engine = engineOf(options);
  const decode = (parameters: Tree<NDArray>, latents: NDArray): NDArray => decoder.decode(parameters, latents);
  return sharedCache.use(
    { objects: [ownerOf(decoder, "decode"), decoder.parameters], values: ["decoder", shape, engine] },
    () => compileWith(decoder.parameters, decode, [{ shape, type: "float32" }], engine),
    ({ run }) => inBatches(count, batch, (rows) => run(takeRows(samples, rows))),
  );
}
