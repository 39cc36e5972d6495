import { z } from "zod";
import { add, concatenate, mean, mul, type NDArray, reshape } from "../../array/index.js";
import { sampleFlowMap } from "../../flow/index.js";
import { energyScore, pixelScore } from "../../vfm/index.js";
import { drawObservations, observeBatch } from "./batch-observations.js";
import { type TaskContext } from "./task-context.js";
import { type TracedBatch } from "../step.js";
import { learningRateEntry, stageEntries } from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { conditionedOn } from "./conditioned-on.js";
import { type StageKind, type StageTask } from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("conditional-score"),
  ...stageEntries,
  /** Number of draws that are scored against each sample. */
  draws: z.int().min(2).default(2),
  /** Weight of the fair CRPS of the pixels, and of the energy score (that of whole images) in the scale of a pixel. */
  pixelWeight: z.number().nonnegative().default(1),
  energyWeight: z.number().nonnegative().default(0.25),
  learningRate: learningRateEntry,
});

/** A stage of kind "conditional-score". */
export type ConditionalScoreStage = z.output<typeof schema>;

/**
 * Settings of `conditionalScore`.
 *
 * @interface
 */
export type ConditionalScoreStageSettings = StageSettings<typeof schema>;

/**
 * Trains the conditional flow map as a one-step generator, by scores of its draws. Entries that are left out have their
 * defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const conditional = conditionalUnet({ shape: [1, 28, 28], problems: 1 });
 * const problems = [imageProblem("denoise", { sigma: 0.5 })];
 * const stages = [conditionalScore({ steps: 2000, draws: 4 })];
 * await train({ data: fromArrays(images), conditional, problems, stages, seed: 0 });
 */
export function conditionalScore(settings: ConditionalScoreStageSettings): ConditionalScoreStage {
  return filledStage(schema, "conditional-score", settings);
}

/**
 * The score alone trains a one-step generator x = z - u(z, 0, 1 | A^T y, c): the fair CRPS of its draws against the
 * truth, for each pixel and for the whole image. No flow is learnt, so u is meaningless at times other than (0, 1).
 */
export const conditionalScoreKind = {
  schema,
  network: "conditional",
  observes: true,
  check,
  task,
} satisfies StageKind<ConditionalScoreStage>;

function check({ pixelWeight, energyWeight }: ConditionalScoreStage): string | undefined {
  return pixelWeight + energyWeight === 0
    ? "pixelWeight: without a weight of one of the scores there is nothing to learn"
    : undefined;
}

function task(stage: ConditionalScoreStage, context: TaskContext): StageTask {
  const { batchSize, draws, pixelWeight, energyWeight } = stage;
  const { problems } = context;
  const names = Array.from({ length: draws }, (_, i) => `z${i}`);
  return {
    learningRates: { conditional: stage.learningRate },
    blocks: { count: problems.length, jumps: 0 },
    draw: async (step) => {
      const random = context.random(step);
      const { x } = await context.samples(step);
      const drawn = drawObservations(problems, batchSize / problems.length, x.shape.slice(1), random);
      const noise = names.map((name) => [name, random.normalArray(x.shape)] as const);
      return { x, drawn, ...Object.fromEntries(noise) };
    },
    loss: ({ conditional }, _averages, batch) => {
      const x = batch.x as NDArray;
      const { aty, problem } = observeBatch(problems, x, batch.drawn as TracedBatch);
      // All draws go through the network in one call.
      const repeated = (array: NDArray): NDArray => concatenate(names.map(() => array));
      const z = concatenate(names.map((name) => batch[name] as NDArray));
      const samples = sampleFlowMap(conditionedOn(context, conditional, repeated(aty), repeated(problem)), z, 1);
      const perDraw = reshape(samples, [draws, ...x.shape]);
      const [pixels, whole] = [pixelScore(perDraw, x), energyScore(perDraw, x)];
      const losses = add(mul(pixels, pixelWeight), mul(whole, energyWeight));
      return [mean(losses), { pixelScore: mean(pixels), energyScore: mean(whole) }];
    },
  };
}
