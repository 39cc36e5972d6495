import { z } from "zod";
import { clip, concatenate, type NDArray, type RandomSource, reshape, silu, sizeOf } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { initialiseLinear, linear, type LinearParameters, normalInitialiser, oneHot } from "../nn/index.js";
import { positiveInteger } from "../schema.js";
import { type NoiseDistribution } from "../vfm/index.js";

const shape = z.array(positiveInteger).min(1);

/** The checkerboard's flow map: a plain MLP on [x, t, r]. */
export const flowMlpSchema = z.strictObject({
  model: z.literal("mlp"),
  /** Shape of one sample. */
  shape,
  /** Number of hidden layers. */
  depth: positiveInteger.default(6),
  width: positiveInteger.default(512),
});

/** Configuration of the MLP flow map. */
export type FlowMlpConfig = z.output<typeof flowMlpSchema>;

/** The layers in order; SiLU follows each except the last. */
export type FlowMlpParameters = { layers: LinearParameters[] };

/** Initial parameters of the MLP flow map. */
export function initialiseFlowMlp(config: FlowMlpConfig, random: RandomSource): Hosted<FlowMlpParameters> {
  const size = sizeOf(config.shape);
  const sizes = [size + 2, ...new Array<number>(config.depth).fill(config.width), size];
  return { layers: initialiseChain(random, sizes) };
}

/** The mean velocity u(x, r, t) = MLP([x, t, r]). x: [B, ...shape], r, t: [B] -> [B, ...shape]. */
export function applyFlowMlp({ layers }: FlowMlpParameters, x: NDArray, r: NDArray, t: NDArray): NDArray {
  const batch = x.shape[0];
  const input = concatenate([reshape(x, [batch, -1]), reshape(t, [batch, 1]), reshape(r, [batch, 1])], 1);
  const hidden = hiddenLayers(layers.slice(0, -1), input);
  return reshape(linear(layers[layers.length - 1], hidden), x.shape);
}

/** A noise adapter that is a plain MLP on the observation and, if there are several problems, the problem's class. */
export const adapterMlpSchema = z.strictObject({
  model: z.literal("mlp"),
  /** Shape of A^T y, without the batch axis. */
  observationShape: shape,
  /** Shape of the noise, without the batch axis. */
  shape,
  /** Number of problem classes. */
  problems: positiveInteger.default(1),
  /** Number of hidden layers. */
  depth: positiveInteger.default(4),
  width: positiveInteger.default(256),
});

/** Configuration of the MLP adapter. */
export type AdapterMlpConfig = z.output<typeof adapterMlpSchema>;

/** The hidden layers and the two heads. */
export type AdapterMlpParameters = { layers: LinearParameters[]; mean: LinearParameters; logSigma: LinearParameters };

/** Initial parameters of the MLP adapter; the heads are small, so that q(z | y) starts near N(0, I). */
export function initialiseAdapterMlp(config: AdapterMlpConfig, random: RandomSource): Hosted<AdapterMlpParameters> {
  const classes = config.problems > 1 ? config.problems : 0;
  const sizes = [sizeOf(config.observationShape) + classes, ...new Array<number>(config.depth).fill(config.width)];
  const head = (): Hosted<LinearParameters> =>
    initialiseLinear(random, config.width, sizeOf(config.shape), normalInitialiser(0.01));
  return { layers: initialiseChain(random, sizes), mean: head(), logSigma: head() };
}

/**
 * The mean and log standard deviation of q(z | y, c); the latter is clamped to [-6, 3].
 * aty: [B, ...observationShape], problem: int32 [B] -> both [B, ...shape].
 */
export function applyAdapterMlp(
  config: AdapterMlpConfig,
  { layers, mean, logSigma }: AdapterMlpParameters,
  aty: NDArray,
  problem: NDArray,
): NoiseDistribution {
  const batch = aty.shape[0];
  const flat = reshape(aty, [batch, -1]);
  const input = config.problems > 1 ? concatenate([flat, oneHot(problem, config.problems)], 1) : flat;
  const hidden = hiddenLayers(layers, input);
  const result = [batch, ...config.shape];
  return {
    mean: reshape(linear(mean, hidden), result),
    logSigma: reshape(clip(linear(logSigma, hidden), -6, 3), result),
  };
}

function initialiseChain(random: RandomSource, sizes: number[]): Hosted<LinearParameters>[] {
  return sizes.slice(1).map((outputs, i) => initialiseLinear(random, sizes[i], outputs));
}

function hiddenLayers(layers: LinearParameters[], input: NDArray): NDArray {
  return layers.reduce((hidden, layer) => silu(linear(layer, hidden)), input);
}
