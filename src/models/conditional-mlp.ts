import { z } from "zod";
import { add, concatenate, type NDArray, type RandomSource, reshape, sizeOf } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { positiveInteger } from "../schema.js";
import {
  initialiseProblemEmbedding,
  initialiseTimePair,
  problemEmbedding,
  type ProblemEmbeddingParameters,
  timePairEmbedding,
  type TimePairParameters,
} from "./conditioning.js";
import { predictData } from "./predict-data.js";
import { applyResidualTrunk, initialiseResidualTrunk, type ResidualTrunkParameters } from "./residual-trunk.js";

/** A conditional flow map: the flow map's residual MLP on [x_t, A^T y], conditioned on the times and the problem. */
export const conditionalResidualMlpSchema = z.strictObject({
  model: z.literal("residual-mlp"),
  /** Shape of one image, [channels, height, width], and of A^T y. */
  shape: z.array(positiveInteger).min(1),
  /** Number of residual blocks. */
  depth: positiveInteger.default(4),
  width: positiveInteger.default(1024),
  /** Size of the embedding of the times and the problem. */
  embedding: positiveInteger.default(128),
  /** Number of problem classes. */
  problems: positiveInteger.default(6),
});

/** Configuration of the conditional residual MLP. */
export type ConditionalResidualMlpConfig = z.output<typeof conditionalResidualMlpSchema>;

/** Parameters of the conditional residual MLP. */
export type ConditionalResidualMlpParameters = ResidualTrunkParameters &
  ProblemEmbeddingParameters & { times: TimePairParameters };

/** Initial parameters of the conditional residual MLP, which starts by predicting 0 for the data. */
export function initialiseConditionalResidualMlp(
  config: ConditionalResidualMlpConfig,
  random: RandomSource,
): Hosted<ConditionalResidualMlpParameters> {
  const size = sizeOf(config.shape);
  return {
    times: initialiseTimePair(random, config.embedding),
    ...initialiseProblemEmbedding(random, config),
    ...initialiseResidualTrunk({ ...config, inputs: 2 * size, outputs: size }, random),
  };
}

/**
 * The mean velocity u(x_t, r, t | A^T y, c) of a network that predicts data (see `predictData`).
 * x, aty: [B, ...shape], r, t: [B], problem: int32 [B] -> [B, ...shape].
 */
export function applyConditionalResidualMlp(
  parameters: ConditionalResidualMlpParameters,
  x: NDArray,
  r: NDArray,
  t: NDArray,
  aty: NDArray,
  problem: NDArray,
): NDArray {
  const network = (point: NDArray, early: NDArray, late: NDArray): NDArray => {
    const embedding = add(timePairEmbedding(parameters.times, early, late), problemEmbedding(parameters, problem));
    const rows = [point, aty].map((array) => reshape(array, [x.shape[0], -1]));
    return reshape(applyResidualTrunk(parameters, concatenate(rows, 1), embedding), x.shape);
  };
  return predictData(network)(x, r, t);
}
