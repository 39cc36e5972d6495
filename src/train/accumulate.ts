import {
  countElements,
  type HostArray,
  mapHostTree,
  namedLeaves,
  type NDArray,
  takeRows,
  type Tree,
} from "../array/index.js";
import { availableThreads, type CompileOptions, compileTrees } from "../compile/index.js";
import { type Communicator, orderedMean, singleProcess } from "../distributed/index.js";
import { contiguous, viewsOf } from "./contiguous.js";
import { mapValues } from "./object-entries.js";
import { type Parameters, type TrainedState } from "./run-state.js";
import {
  type CompiledStep,
  compileStep,
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

/**
 * The layout of a batch: equal consecutive blocks (one for each inverse problem), each with samples of one kind at its
 * front.
 */
export interface BatchBlocks {
  /** Number of blocks. */
  count: number;
  /** Number of samples at the front of each block that have to be kept apart: those with r != t. */
  jumps: number;
}

type Measures = Record<string, HostArray>;
type Gradients = Record<string, Parameters>;

/**
 * The training step of `compileStep` with the batch in `accumulate` equal parts, whose gradients are averaged before
 * the update. It allows a batch of any size in the memory of one part. For a loss that is a mean over samples the step
 * is the same, up to rounding.
 *
 * There are two graphs: the gradient of a part, and the update. On a processor with several threads, several parts are
 * computed at the same time, and the ranks of a communicator share the parts. The gradients are summed in a fixed
 * order, so that the result does not depend on the number of threads or ranks.
 */
export async function compileAccumulatedStep(
  loss: Loss,
  update: UpdateOptions & { accumulate: number; batchSize: number; blocks: BatchBlocks },
  examples: { trained: Record<string, TrainedState>; frozen: Record<string, Parameters>; batch: HostBatch },
  engine: CompileOptions,
  communicator: Communicator = singleProcess,
): Promise<CompiledStep> {
  const { accumulate, batchSize, blocks } = update;
  if (accumulate === 1) return compileStep(loss, update, examples, engine);
  const { trained, frozen } = examples;
  const parameters = mapValues(trained, (network) => network.parameters);
  const sum = orderedMean(communicator, { count: accumulate, length: countElements(parameters) });
  const mean = mapValues(viewsOf(sum.mean, parameters), contiguous);
  const atOnce = partsAtOnce(sum.own.length, engine);
  const current = (state: Record<string, TrainedState>) =>
    mapValues(state, ({ parameters, average }) => ({ parameters, average }));
  const split = (batch: HostBatch): HostBatch[] =>
    splitBatch(batch, { size: batchSize / blocks.count, jumps: blocks.jumps }, accumulate);
  const [part] = split(examples.batch);
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
  const updateStep = await compileTrees(updateOf, [asRows(trained), mean, exampleScalars(trained)], {
    ...engine,
    reuseOutputs: true,
  }).catch(async (error: unknown) => {
    await gradientStep.dispose();
    throw error;
  });
  return {
    async run(state, others, batch, scalars) {
      const pieces = split(batch);
      const measured: Record<string, number>[] = [];
      for (let start = 0; start < sum.own.length; start += atOnce) {
        const now = sum.own.slice(start, start + atOnce);
        const results = await Promise.all(now.map((part) => gradientStep.run(current(state), others, pieces[part])));
        for (const { measures, gradient } of results as { measures: Measures; gradient: Gradients }[]) {
          await sum.add(leavesOf(mapValues(parameters, (_, name) => gradient[name])));
          measured.push(mapValues(measures, ({ data }) => data[0]));
        }
      }
      const names = Object.keys(measured[0]);
      const all = await sum.finish(measured.map((ofPart) => names.map((name) => ofPart[name])));
      const updated = (await updateStep.run(asRows(state), mean, hostScalars(scalars))) as {
        state: Record<string, Record<string, HostArray>>;
        norms: Measures;
      };
      const next = mapValues(
        updated.state,
        (rows, name) =>
          mapValues(rows, ({ data }) => viewsOf(data as Float32Array, parameters[name])) as unknown as TrainedState,
      );
      return { state: next, measures: { ...meansOf(names, all), ...updated.norms } };
    },
    async dispose() {
      await gradientStep.dispose();
      await updateStep.dispose();
    },
  };
}

/**
 * Number of parts that are computed at the same time: the number of threads, lowered until it divides the number of
 * parts.
 */
function partsAtOnce(parts: number, { backend, device = "cpu", threads = availableThreads() }: CompileOptions): number {
  if (backend === "jax" || device !== "cpu") return 1;
  let atOnce = Math.min(parts, threads);
  while (parts % atOnce !== 0) atOnce--;
  return atOnce;
}

/** The numbers of each leaf of a tree, in the order of the tree's keys. */
function leavesOf(tree: Tree<HostArray>): HostArray["data"][] {
  return namedLeaves(tree).map(({ array }) => array.data);
}

/** The state with each tree as one row, so that the update takes few arrays instead of many. */
function asRows(state: Record<string, TrainedState>): Record<string, TrainedState> {
  return mapValues(state, (network) => mapValues(network, contiguous) as unknown as TrainedState);
}

/**
 * Splits a batch into `parts` equal parts, each with its share of every block's front and of the rest, in order. An
 * array that does not have one row for each sample stays whole.
 *
 * @param blocks number of samples of a block, and of those at its front
 */
export function splitBatch(
  batch: HostBatch,
  { size, jumps }: { size: number; jumps: number },
  parts: number,
): HostBatch[] {
  const rows = (part: number): number[] => {
    const share = (start: number, stop: number): number[] => {
      const each = (stop - start) / parts;
      return Array.from({ length: each }, (_, i) => start + part * each + i);
    };
    return [...share(0, jumps), ...share(jumps, size)];
  };
  const cut = (array: HostArray, chosen: readonly number[]): HostArray => {
    if (array.shape.length === 0 || array.shape[0] % size !== 0) return array;
    // An array for one block (what an operator draws), or for the whole batch.
    const ofBlock = (_: unknown, block: number): number[] => chosen.map((i) => block * size + i);
    return takeRows(array, Array.from({ length: array.shape[0] / size }, ofBlock).flat());
  };
  return Array.from({ length: parts }, (_, part) => {
    const chosen = rows(part);
    return mapHostTree(batch as Tree<HostArray>, (array) => cut(array, chosen)) as HostBatch;
  });
}

function meansOf(names: readonly string[], parts: readonly Float32Array[]): Measures {
  const mean = (index: number): number => parts.reduce((sum, part) => sum + part[index], 0) / parts.length;
  return Object.fromEntries(names.map((name, index) => [name, { shape: [], data: Float32Array.of(mean(index)) }]));
}
