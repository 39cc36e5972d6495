import { z } from "zod";
import {
  hostArray,
  type HostArray,
  less,
  mean,
  mul,
  type NDArray,
  perSample,
  type RandomSource,
  sizeOf,
  square,
  sub,
  takeRows,
  type Tree,
  where,
} from "../../array/index.js";
import { positiveInteger } from "../../schema.js";
import { compileTrees } from "../../compile/index.js";
import { reduceSample } from "../../flow/index.js";
import { drawNoise } from "../../vfm/index.js";
import { observeBatch } from "./batch-observations.js";
import { type Parameters, type RunState } from "../run-state.js";
import { type HostBatch, type TracedBatch } from "../step.js";
import { type TaskContext } from "./task-context.js";
import { integrateTrajectories, type Trajectories } from "./trajectories.js";
import { flowReductionEntry, learningRateEntry, share, stageEntries } from "./schema-entries.js";
import { filledStage, type StageSettings } from "./filled-stage.js";
import { drawObserved } from "./observed-batch.js";
import {
  sharingProblem,
  type StageKind,
  type StageStore,
  type StageSurroundings,
  type StageTask,
} from "./stage-kind.js";

const schema = z.strictObject({
  kind: z.literal("distillation"),
  ...stageEntries,
  ...flowReductionEntry,
  learningRate: learningRateEntry,
  /** Number of trajectories of the initial flow map's flow, and number of steps of each. */
  trajectories: positiveInteger.default(100_000),
  nodes: positiveInteger.default(16),
  /**
   * The share of a batch whose jumps span the whole interval, from t = 1 to 0; the others jump between two random
   * nodes.
   */
  wholeJumpShare: share.default(0.5),
  /** Probability that a trajectory starts from the adapter's noise, not from N(0, I). */
  alpha: share.default(0),
});

/** A stage of kind "distillation". */
export type DistillationStage = z.output<typeof schema>;

/**
 * Settings of `distillation`.
 *
 * @interface
 */
export type DistillationStageSettings = StageSettings<typeof schema>;

/**
 * Distils the flow map's own flow into its jumps. Entries that are left out have their defaults.
 *
 * @throws InputError naming an entry that is wrong
 * @example
 * const stages = [flowMatching({ steps: 2000 }), distillation({ steps: 1000, trajectories: 20_000 })];
 */
export function distillation(settings: DistillationStageSettings): DistillationStage {
  return filledStage(schema, "distillation", settings);
}

/**
 * Distillation teaches the flow map the jumps of its own flow at the start of the stage: ||x_t - (t - r) u(x_t, r, t)
 * - x_r||^2 over points x_t, x_r of trajectories of dx/dt = u(x, t, t). The target is fixed and has no noise, so a few
 * steps make the jumps as good as the flow, which MeanFlow approaches slowly. (Luhman and Luhman 2021 distil only the
 * whole interval; here the jumps are between any two nodes of a trajectory.)
 */
export const distillationKind = {
  schema,
  network: "flowMap",
  observes: false,
  check,
  task,
} satisfies StageKind<DistillationStage>;

// No array has more values.
const mostValues = 2 ** 32;

function check(
  { alpha, batchSize, trajectories, nodes }: DistillationStage,
  surroundings: StageSurroundings,
): string | undefined {
  if ((surroundings.flowMap?.classes ?? 0) !== 0) return "kind: distillation needs a flow map without classes";
  const shape = surroundings.flowMap?.shape;
  const size = Array.isArray(shape) ? sizeOf(shape as number[]) : 0;
  const values = (nodes + 1) * trajectories * size;
  if (values > mostValues)
    return `trajectories: ${trajectories} of ${nodes} nodes are ${values} values, at most ${mostValues} are kept: set fewer`;
  if (alpha === 0) return undefined;
  const { adapter, problems } = surroundings;
  if (adapter === undefined || problems.length === 0) return "alpha: the adapter's noise needs an adapter and problems";
  return sharingProblem(batchSize, problems.length);
}

function task(stage: DistillationStage, context: TaskContext): StageTask {
  const { batchSize, nodes, trajectories: count, wholeJumpShare, reduction } = stage;
  const wholeJumps = Math.round(wholeJumpShare * batchSize);
  let trajectories: Trajectories | undefined;
  return {
    learningRates: { flowMap: stage.learningRate },
    blocks: { count: 1, jumps: 0 },
    prepare: async (networks, store) => {
      trajectories = await prepareTrajectories(stage, context, networks, store);
      return trajectories !== undefined;
    },
    draw: async (step) => {
      if (trajectories === undefined) throw new Error("a distillation stage is prepared before its first step");
      const { shape, data } = trajectories.states;
      const states = hostArray(data, [(nodes + 1) * count, ...shape.slice(2)]);
      const random = context.random(step);
      const jumps = Array.from({ length: batchSize }, (_, i) => {
        const trajectory = random.integer(count);
        const first = i < wholeJumps ? 0 : random.integer(nodes);
        const last = i < wholeJumps ? nodes : first + 1 + random.integer(nodes - first);
        return { trajectory, first, last };
      });
      const at = (end: "first" | "last") => ({
        x: takeRows(
          states,
          jumps.map((jump) => jump[end] * count + jump.trajectory),
        ),
        time: hostArray(
          jumps.map((jump) => 1 - jump[end] / nodes),
          [batchSize],
        ),
      });
      const [late, early] = [at("first"), at("last")];
      return { xt: late.x, xr: early.x, t: late.time, r: early.time };
    },
    loss: ({ flowMap }, _averages, batch) => {
      const { xt, xr, t, r } = batch as TracedBatch & Record<"xt" | "xr" | "t" | "r", NDArray>;
      const jump = mul(perSample(sub(t, r), xt), context.meanVelocity(flowMap)(xt, r, t));
      return [mean(reduceSample(square(sub(sub(xt, jump), xr)), reduction)), {}];
    },
  };
}

/** The trajectories of a stage: those that are stored, or new ones. Undefined if the run is stopped meanwhile. */
async function prepareTrajectories(
  stage: DistillationStage,
  context: TaskContext,
  { flowMap, adapter }: RunState,
  { readArrays, writeArrays, stopped, engine }: StageStore,
): Promise<Trajectories | undefined> {
  const { batchSize, nodes, trajectories: count } = stage;
  const { shape } = (await context.samples(0)).x;
  const form = { states: { shape: [nodes + 1, count, ...shape.slice(1)], data: new Float32Array(0) } };
  const before = await readArrays("trajectories", form);
  if (before !== undefined) return before as Trajectories;
  const noise = await noiseOf(stage, context, adapter?.parameters ?? {}, [batchSize, ...shape.slice(1)], engine);
  try {
    const settings = { count, nodes, stopped };
    const made = await integrateTrajectories(context.meanVelocity, flowMap.parameters, noise.draw, settings, engine);
    if (made !== undefined) await writeArrays("trajectories", made);
    return made;
  } finally {
    await noise.dispose();
  }
}

interface TrajectoryNoise {
  /** Draws the noise of the batch with this index. */
  draw(batch: number): Promise<HostArray>;
  dispose(): Promise<void>;
}

/** Draws the noise of a batch of trajectories: from the adapter, given observations of the data, or from N(0, I). */
async function noiseOf(
  { alpha, batchSize }: DistillationStage,
  context: TaskContext,
  adapter: Parameters,
  shape: readonly number[],
  engine: StageStore["engine"],
): Promise<TrajectoryNoise> {
  // Negative step numbers, which the training does not use.
  const randomOf = (batch: number): RandomSource => context.random(-1 - batch);
  if (alpha === 0)
    return { draw: async (batch) => randomOf(batch).normalArray([...shape]), dispose: async () => undefined };
  const draw = async (batch: number): Promise<HostBatch> => {
    const random = randomOf(batch);
    const observed = await drawObserved(context, batch, random);
    return { ...observed, fresh: random.normalArray([...shape]), uniform: random.uniformArray([batchSize]) };
  };
  const noise = (parameters: Tree<NDArray>, batch: TracedBatch): NDArray => {
    const { x, images = x, eps, fresh, uniform, drawn } = batch as TracedBatch & Record<string, NDArray>;
    const { aty, problem } = observeBatch(context.problems, images, drawn as unknown as TracedBatch);
    const z = drawNoise(context.noiseAdapter(parameters)(aty, problem), eps);
    return where(perSample(less(uniform, alpha), z), z, fresh);
  };
  const compiled = await compileTrees(noise, [adapter, await draw(0)], engine);
  return {
    draw: async (batch) => (await compiled.run(adapter, await draw(batch))) as HostArray,
    dispose: () => compiled.dispose(),
  };
}
