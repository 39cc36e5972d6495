import {
  type HostArray,
  hostZeros,
  mapHostTree,
  namedLeaves,
  type NDArray,
  takeRows,
  type Tree,
} from "../array/index.js";
import { availableThreads, type CompileOptions } from "../compile/index.js";
import { mapValues } from "./object-entries.js";
import { type Parameters, type TrainedState } from "./run-state.js";
import {
  type CompiledStep,
  compileStep,
  compileTrees,
  exampleScalars,
  type HostBatch,
  hostScalars,
  type Loss,
  lossGradient,
  type Networks,
  type TracedBatch,
  type TracedState,
  type UpdateOptions,
  type UpdateScalars,
  updateNetworks,
} from "./step.js";

/** A batch made up of equal consecutive blocks (one an inverse problem), each with samples of their own kind first. */
export interface BatchBlocks {
  /** Number of blocks. */
  count: number;
  /** Samples at the front of each block whose kind has to be kept apart: those with r != t. */
  jumps: number;
}

type Measures = Record<string, HostArray>;
type Gradients = Record<string, Parameters>;

/**
 * The training step of `compileStep` with the batch in `accumulate` equal parts, whose gradients are averaged before the
 * update: as large a batch as wanted in the memory of a part. For a loss that is a mean over samples it is the same step,
 * up to rounding.
 *
 * Two graphs: the gradient of a part, and the update. On a processor with several threads as many parts are computed at the
 * same time; they are summed in their own order, so that the result does not depend on the number of threads.
 */
export async function compileAccumulatedStep(
  loss: Loss,
  update: UpdateOptions & { accumulate: number; blocks: BatchBlocks },
  examples: { trained: Record<string, TrainedState>; frozen: Record<string, Parameters>; batch: HostBatch },
  engine: CompileOptions,
): Promise<CompiledStep> {
  const { accumulate, blocks } = update;
  if (accumulate === 1) return compileStep(loss, update, examples, engine);
  const { trained, frozen } = examples;
  const atOnce = partsAtOnce(accumulate, engine);
  const sum = mapValues(trained, ({ parameters }) => mapHostTree(parameters, ({ shape }) => hostZeros(shape)));
  const current = (state: Record<string, TrainedState>) =>
    mapValues(state, ({ parameters, average }) => ({ parameters, average }));
  const [part] = splitBatch(examples.batch, blocks, accumulate);
  const gradientOf = (
    networks: Record<string, Pick<TracedState, "parameters" | "average">>,
    others: Networks,
    batch: TracedBatch,
  ) => lossGradient(loss, networks, others, batch);
  const updateOf = (
    networks: Record<string, TracedState>,
    gradient: Networks,
    scalars: Record<string, UpdateScalars<NDArray>>,
  ) => updateNetworks(update, networks, gradient, scalars);
  const gradientStep = await compileTrees(gradientOf, [current(trained), frozen, part], {
    ...engine,
    replicas: atOnce,
    reuseOutputs: true,
  });
  const updateStep = await compileTrees(updateOf, [trained, sum, exampleScalars(trained)], {
    ...engine,
    reuseOutputs: true,
  });
  return {
    async run(state, others, batch, scalars) {
      const all: Record<string, number>[] = [];
      const pieces = splitBatch(batch, blocks, accumulate);
      for (let start = 0; start < accumulate; start += atOnce) {
        const now = pieces.slice(start, start + atOnce);
        const results = await Promise.all(now.map((piece) => gradientStep.run(current(state), others, piece)));
        for (const { measures, gradient } of results as { measures: Measures; gradient: Gradients }[]) {
          for (const name of Object.keys(sum)) addScaled(sum[name], gradient[name], 1 / accumulate, all.length === 0);
          all.push(mapValues(measures, ({ data }) => data[0]));
        }
      }
      const updated = (await updateStep.run(state, sum, hostScalars(scalars))) as {
        state: Record<string, TrainedState>;
        norms: Measures;
      };
      return { state: updated.state, measures: { ...meansOf(all), ...updated.norms } };
    },
    async dispose() {
      await gradientStep.dispose();
      await updateStep.dispose();
    },
  };
}

/** How many of the parts are computed at the same time: the number of threads, lowered until it divides the parts evenly. */
function partsAtOnce(parts: number, { backend, device = "cpu", threads = availableThreads() }: CompileOptions): number {
  if (backend === "jax" || device !== "cpu") return 1;
  let atOnce = Math.min(parts, threads);
  while (parts % atOnce !== 0) atOnce--;
  return atOnce;
}

/** total += scale * part, leaf by leaf; the first part takes the place of what was there. */
function addScaled(total: Parameters, part: Parameters, scale: number, isFirst: boolean): void {
  const parts = namedLeaves(part);
  namedLeaves(total).forEach(({ array: { data: sum } }, leaf) => {
    const { data } = parts[leaf].array;
    if (isFirst) for (let i = 0; i < sum.length; i++) sum[i] = scale * data[i];
    else for (let i = 0; i < sum.length; i++) sum[i] += scale * data[i];
  });
}

/**
 * A batch in `parts` equal parts, each with its share of every block's front and of the rest, in their order; what is not
 * one value a sample stays whole.
 */
export function splitBatch(batch: HostBatch, { count, jumps }: BatchBlocks, parts: number): HostBatch[] {
  const leading = (batch.x as HostArray).shape[0];
  const size = leading / count;
  const rows = (part: number): number[] => {
    const share = (start: number, stop: number): number[] => {
      const each = (stop - start) / parts;
      return Array.from({ length: each }, (_, i) => start + part * each + i);
    };
    return [...share(0, jumps), ...share(jumps, size)];
  };
  const cut = (array: HostArray, chosen: readonly number[]): HostArray => {
    if (array.shape.length === 0) return array;
    // An array of one block (what an operator draws), or of the whole batch.
    const ofBlock = (_: unknown, block: number): number[] => chosen.map((i) => block * size + i);
    return takeRows(array, Array.from({ length: array.shape[0] / size }, ofBlock).flat());
  };
  return Array.from({ length: parts }, (_, part) => {
    const chosen = rows(part);
    return mapHostTree(batch as Tree<HostArray>, (array) => cut(array, chosen)) as HostBatch;
  });
}

function meansOf(measures: Record<string, number>[]): Measures {
  return mapValues(measures[0], (_, name) => ({
    shape: [],
    data: Float32Array.of(measures.reduce((sum, part) => sum + part[name], 0) / measures.length),
  }));
}
