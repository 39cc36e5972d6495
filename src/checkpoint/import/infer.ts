import { InputError } from "../../errors.js";
import { type StateDict } from "./source-tensor.js";

/**
 * A network's configuration from its tensors and the user's settings, with the choices that were made where both leave
 * it open.
 */
export interface Inferred {
  config: Record<string, unknown>;
  /** One line for each choice. */
  assumptions: string[];
}

/** Settings that a file of weights does not contain. */
export interface FlowMapSettings {
  /** "dmft", a flow map, or "dit", a velocity model; their tensors are the same. */
  model: "dmft" | "dit";
  heads?: number | undefined;
  /** Number of blocks that are conditioned on t. */
  encoderDepth?: number | undefined;
  /** The time of the data in the network: 0 or 1. */
  dataAtTime?: 0 | 1 | undefined;
}

/** Heads of the published sizes by width: 64 channels for each head, in the largest size 72. */
const headsByWidth: Readonly<Record<number, number>> = { 384: 6, 768: 12, 1024: 16, 1152: 16 };

/** The largest number of heads that a message proposes. */
const mostHeads = 64;

/** The number of blocks named `${prefix}0.`, `${prefix}1.`, ... */
function countIn(tensors: StateDict, prefix: string): number {
  const numbers = new Set<string>();
  for (const name of tensors.keys())
    if (name.startsWith(prefix)) numbers.add(name.slice(prefix.length).split(".", 1)[0]);
  let count = 0;
  while (numbers.has(String(count))) count++;
  return count;
}

/** Returns a lookup of shapes. It throws InputError naming a tensor that is missing or has another number of axes. */
export function shapesOf(tensors: StateDict, source: string): (name: string, axes: number) => readonly number[] {
  return (name, axes) => {
    const tensor = tensors.get(name);
    if (tensor === undefined)
      throw new InputError(`${source}: tensor ${name} is missing: the configuration is read from it`);
    if (tensor.unreadable !== undefined) throw new InputError(tensor.unreadable);
    if (tensor.shape.length !== axes)
      throw new InputError(`${source}: tensor ${name} is [${tensor.shape.join(", ")}], it should have ${axes} axes`);
    return tensor.shape;
  };
}

/**
 * Infers the configuration of a published diffusion transformer from the shapes of its tensors.
 *
 * @param options numbers of the training command, if the file has them
 * @throws InputError if a tensor is missing, or the number of heads cannot be inferred
 */
export function inferTransformer(
  tensors: StateDict,
  settings: FlowMapSettings,
  options: ReadonlyMap<string, unknown>,
  source: string,
): Inferred {
  const shape = shapesOf(tensors, source);
  const assumptions: string[] = [];
  const [width, channels, patch] = shape("x_embedder.proj.weight", 4);
  const [outputs] = shape("final_layer.linear.weight", 2);
  const [labels] = shape("y_embedder.embedding_table.weight", 2);
  const [hidden] = shape("blocks.0.mlp.fc1.weight", 2);
  const tokens = Math.sqrt(shape("pos_embed", 3)[1]);
  if (!Number.isInteger(tokens))
    throw new InputError(
      `${source}: pos_embed has ${tokens ** 2} positions, which is not a square: only square images can be read`,
    );
  const side = tokens * patch;
  const depth = countIn(tensors, "blocks.");
  const sigmaHead = outputs === 2 * channels * patch ** 2;
  const queryKeyNorm = tensors.has("blocks.0.attn.q_norm.scale");
  const heads =
    settings.heads ?? (queryKeyNorm ? width / shape("blocks.0.attn.q_norm.scale", 1)[0] : headsByWidth[width]);
  if (heads === undefined)
    throw new InputError(
      `${source}: the number of attention heads is not in the file, and width ${width} is not a published one: give --heads, ${fitting(width)}`,
    );
  if (width % heads !== 0)
    throw new InputError(`${source}: ${heads} heads do not divide the width ${width}: give ${fitting(width)}`);
  const { encoderDepth = depthOf(options), dataAtTime = sigmaHead ? 1 : 0 } = settings;
  if (encoderDepth !== undefined && encoderDepth > depth)
    throw new InputError(
      `${source}: --encoder-depth is ${encoderDepth}, but there are ${depth} blocks: give 0 to ${depth}`,
    );
  if (settings.model === "dmft" && encoderDepth === undefined)
    assumptions.push(
      "encoderDepth: two thirds of the blocks see t, as in the published B/2; change it with --encoder-depth",
    );
  if (settings.dataAtTime === undefined)
    assumptions.push(
      `dataAtTime ${dataAtTime}: ${sigmaHead ? "networks with a sigma head run from noise to data" : "there is no sigma head"}; change it with --data-at-time`,
    );
  const config = {
    model: settings.model,
    shape: [channels, side, side],
    patch,
    depth,
    width,
    heads,
    mlpRatio: hidden / width,
    classes: labels - 1,
    queryKeyNorm,
    sigmaHead,
    dataAtTime,
    ...(settings.model === "dmft"
      ? { ...(encoderDepth !== undefined && { encoderDepth }), logVarianceHead: tensors.has("logvar_linear.weight") }
      : {}),
  };
  return { config, assumptions };
}

/** The numbers of heads that divide a width. */
function fitting(width: number): string {
  const divisors = Array.from({ length: Math.min(width, mostHeads) }, (_, i) => i + 1).filter(
    (heads) => width % heads === 0,
  );
  return `one of ${divisors.join(", ")}`;
}

function depthOf(options: ReadonlyMap<string, unknown>): number | undefined {
  const depth = options.get("dmf_depth");
  return typeof depth === "number" ? depth : undefined;
}

/** Infers the configuration of a published adapter from the shapes of its tensors and the size of the noise. */
export function inferAdapter(tensors: StateDict, latent: readonly number[], source: string): Inferred {
  const shape = shapesOf(tensors, source);
  const [channels, imageChannels] = shape("conv_in.weight", 4);
  const [problems, embedding] = shape("class_embed.0.weight", 2);
  const levels = countIn(tensors, "down_blocks.");
  const widths = Array.from({ length: levels }, (_, i) => shape(`down_blocks.${i}.res_blocks.0.conv1.weight`, 4)[0]);
  const halvings = widths.filter((_, i) => tensors.has(`down_blocks.${i}.downsample.weight`)).length;
  const [, height, width] = latent;
  const config = {
    model: "adapter-unet",
    observationShape: [imageChannels, height * 2 ** halvings, width * 2 ** halvings],
    shape: latent,
    problems,
    channels,
    multipliers: widths.map((own) => own / channels),
    blocks: countIn(tensors, "down_blocks.0.res_blocks."),
    embedding,
  };
  return { config, assumptions: [] };
}

/**
 * Infers the configuration of an AutoencoderKL in the diffusers layout from the shapes of its tensors.
 *
 * @param size height and width of its images, or of its latents
 */
export function inferAutoencoder(
  tensors: StateDict,
  size: { image: number } | { latent: number },
  source: string,
): Inferred {
  const shape = shapesOf(tensors, source);
  const [, imageChannels] = shape("encoder.conv_in.weight", 4);
  const levels = countIn(tensors, "encoder.down_blocks.");
  const channels = Array.from(
    { length: levels },
    (_, i) => shape(`encoder.down_blocks.${i}.resnets.0.conv1.weight`, 4)[0],
  );
  // Every level except the last halves the image.
  const side = "image" in size ? size.image : size.latent * 2 ** (levels - 1);
  const config = {
    model: "autoencoder-kl",
    imageShape: [imageChannels, side, side],
    channels,
    blocks: countIn(tensors, "encoder.down_blocks.0.resnets."),
    latentChannels: shape("post_quant_conv.weight", 4)[0],
  };
  return { config, assumptions: [] };
}
