import { z } from "zod";
import {
  hostArray,
  type HostArray,
  type NDArray,
  type RandomSource,
  reshape,
  sizeOf,
  stopGradient,
} from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { positiveInteger } from "../schema.js";
import { type NoiseDistribution } from "../vfm/index.js";
import { gaussianFromChannels } from "./adapter.js";
import {
  initialiseProblemEmbedding,
  initialiseTimePair,
  problemEmbedding,
  type ProblemEmbeddingParameters,
  timePairEmbedding,
  type TimePairParameters,
} from "./conditioning.js";
import { applyResidualTrunk, initialiseResidualTrunk, type ResidualTrunkParameters } from "./residual-trunk.js";

const sizes = {
  /** Shape of one image, [channels, height, width]. */
  shape: z.array(positiveInteger).min(1),
  /** Number of residual blocks. */
  depth: positiveInteger.default(4),
  width: positiveInteger.default(1024),
  /** Size of the embedding of the times, or of the problem. */
  embedding: positiveInteger.default(128),
};

/** A residual MLP on flattened images: its steps are cheap, and it learns small images quickly. */
export const flowResidualMlpSchema = z.strictObject({
  model: z.literal("residual-mlp"),
  ...sizes,
  /** Whether the network predicts data (see `predictData`) or the mean velocity itself. */
  predict: z.enum(["data", "velocity"]).default("data"),
});

/** Configuration of the residual MLP flow map. */
export type FlowResidualMlpConfig = z.output<typeof flowResidualMlpSchema>;

/** Parameters of the residual MLP flow map. */
export type FlowResidualMlpParameters = ResidualTrunkParameters & { times: TimePairParameters };

/** Initial parameters of the residual MLP flow map; its output starts as 0. */
export function initialiseFlowResidualMlp(
  config: FlowResidualMlpConfig,
  random: RandomSource,
): Hosted<FlowResidualMlpParameters> {
  const size = sizeOf(config.shape);
  return {
    times: initialiseTimePair(random, config.embedding),
    ...initialiseResidualTrunk({ ...config, inputs: size, outputs: size }, random),
  };
}

/** The network's raw output, of x's shape. x: [B, ...shape], r, t: [B]. */
export function applyFlowResidualMlp(
  parameters: FlowResidualMlpParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
): NDArray {
  return reshape(applyResidualTrunk(parameters, x, timePairEmbedding(parameters.times, r, t)), x.shape);
}

/** A noise adapter for noise of the image's own size: a residual MLP conditioned on the problem. */
export const adapterResidualMlpSchema = z.strictObject({
  model: z.literal("residual-mlp"),
  ...sizes,
  /** Number of problem classes. */
  problems: positiveInteger.default(6),
  /**
   * The axes along which q(z | y, c) is diagonal: the noise's entries, or the principal axes of the training data.
   * Along the latter a flow map's noise and data correspond most closely (exactly for Gaussian data and their
   * transport). The axes of D entries take D^2 further parameters, so they are for small images.
   */
  basis: z.enum(["entries", "principal"]).default("entries"),
});

/** Configuration of the residual MLP adapter. */
export type AdapterResidualMlpConfig = z.output<typeof adapterResidualMlpSchema>;

/** Parameters of the residual MLP adapter. */
export type AdapterResidualMlpParameters = ResidualTrunkParameters &
  ProblemEmbeddingParameters & {
    /** Orthonormal rows; not trained. */
    basis?: NDArray;
  };

/** Initial parameters of the residual MLP adapter; its output starts as 0, so that q(z | y) starts as N(0, I). */
export function initialiseAdapterResidualMlp(
  config: AdapterResidualMlpConfig,
  random: RandomSource,
): Hosted<AdapterResidualMlpParameters> {
  const size = sizeOf(config.shape);
  return {
    ...initialiseProblemEmbedding(random, config),
    ...initialiseResidualTrunk({ ...config, inputs: size, outputs: 2 * size }, random),
    ...(config.basis === "principal" && { basis: identity(size) }),
  };
}

/** q(z | y, c). aty: [B, ...shape], problem: int32 [B] -> mean and log sigma, both [B, ...shape]. */
export function applyAdapterResidualMlp(
  parameters: AdapterResidualMlpParameters,
  aty: NDArray,
  problem: NDArray,
): NoiseDistribution {
  const embedding = problemEmbedding(parameters, problem);
  const [batch, channels, ...rest] = aty.shape;
  const output = reshape(applyResidualTrunk(parameters, aty, embedding), [batch, 2 * channels, ...rest]);
  const { basis } = parameters;
  return { ...gaussianFromChannels(output), ...(basis && { basis: stopGradient(basis) }) };
}

function identity(size: number): HostArray {
  return hostArray(
    Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0)),
    [size, size],
  );
}
