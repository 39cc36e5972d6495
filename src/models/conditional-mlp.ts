import { z } from "zod";
import { add, concatenate, type NDArray, type RandomSource, reshape, silu, sizeOf } from "../array/index.js";
import { type Hosted } from "../compile/index.js";
import { initialiseLinear, labelEmbedding, linear, type LinearParameters, normalWeights } from "../nn/index.js";
import { initialiseTimePair, timePairEmbedding, type TimePairParameters } from "./conditioning.js";
import { predictData } from "./flow-map.js";
import { applyResidualTrunk, initialiseResidualTrunk, type ResidualTrunkParameters } from "./residual-trunk.js";

const positiveInteger = z.int().positive();

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

/** Parameters of the conditional residual MLP; `problems` has one row for each class. */
export type ConditionalResidualMlpParameters = ResidualTrunkParameters & {
  times: TimePairParameters;
  problems: NDArray;
  hidden: LinearParameters;
};

/** Initial parameters of the conditional residual MLP, which starts by predicting 0 for the data. */
export function initialiseConditionalResidualMlp(
  config: ConditionalResidualMlpConfig,
  random: RandomSource,
): Hosted<ConditionalResidualMlpParameters> {
  const { shape, embedding, problems } = config;
  const size = sizeOf(shape);
  return {
    times: initialiseTimePair(random, embedding),
    problems: normalWeights(random, [problems, embedding], 1),
    hidden: initialiseLinear(random, embedding, embedding),
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
  const { times, problems, hidden } = parameters;
  const network = (point: NDArray, early: NDArray, late: NDArray): NDArray => {
    const embedding = add(
      timePairEmbedding(times, early, late),
      silu(linear(hidden, silu(labelEmbedding(problems, problem)))),
    );
    const rows = [point, aty].map((array) => reshape(array, [x.shape[0], -1]));
    return reshape(applyResidualTrunk(parameters, concatenate(rows, 1), embedding), x.shape);
  };
  return predictData(network)(x, r, t);
}
