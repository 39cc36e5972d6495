import { hostArray, type HostArray, type NDArray, sizeOf, type Tree } from "../array/index.js";
import { compileWith } from "../compile/index.js";
import { engineOf, type SampleOptions } from "./batched-sampler.js";
import { type Decoder, type FlowMapModel } from "./model.js";

// As many values of images are decoded at once: one of 256 x 256 pixels in colour, whose features take a gigabyte.
const valuesAtOnce = 2 ** 18;

/**
 * Samples as images: decoded if the model has a decoder, else as they are.
 *
 * @param samples [n, ...sampleShape]
 * @returns [n, ...imageShape]
 */
export async function decodeSamples(
  { decoder, sampleShape }: FlowMapModel,
  samples: HostArray,
  options: SampleOptions,
): Promise<HostArray> {
  if (decoder === undefined) return samples;
  const { imageShape } = decoder;
  const [count] = samples.shape;
  const [latentSize, imageSize] = [sizeOf(sampleShape), sizeOf(imageShape)];
  const batch = Math.max(1, Math.min(count, Math.floor(valuesAtOnce / imageSize)));
  const decode = await decoderFor(decoder, [batch, ...sampleShape], options);
  const images = new Float32Array(count * imageSize);
  for (let start = 0; start < count; start += batch) {
    // The last batch may be longer than what is left.
    const latents = new Float32Array(batch * latentSize);
    latents.set(samples.data.subarray(start * latentSize, (start + batch) * latentSize));
    const { data } = await decode(hostArray(latents, [batch, ...sampleShape]));
    images.set(data.subarray(0, Math.min(batch, count - start) * imageSize), start * imageSize);
  }
  return hostArray(images, [count, ...imageShape]);
}

type Decode = (latents: HostArray) => Promise<HostArray>;

const compiledDecoders = new WeakMap<Decoder, Map<string, Promise<Decode>>>();

/** Compiles a decoder for a batch and an engine once, as long as the model lives. */
function decoderFor(decoder: Decoder, shape: readonly number[], options: SampleOptions): Promise<Decode> {
  const known = compiledDecoders.get(decoder) ?? new Map<string, Promise<Decode>>();
  compiledDecoders.set(decoder, known);
  const key = JSON.stringify([shape, engineOf(options)]);
  const compiled = known.get(key) ?? compileDecoder(decoder, shape, options);
  known.set(key, compiled);
  return compiled;
}

async function compileDecoder(decoder: Decoder, shape: readonly number[], options: SampleOptions): Promise<Decode> {
  const decode = (parameters: Tree<NDArray>, latents: NDArray): NDArray => decoder.decode(parameters, latents);
  const { run } = await compileWith(decoder.parameters, decode, [{ shape, type: "float32" }], engineOf(options));
  return run;
}
