import { hostArray, type HostArray, randomSource } from "variational-flow-maps";
import { broadcastTo, constant, hostZeros, type NDArray, type Tree } from "variational-flow-maps/array";
import { compile } from "variational-flow-maps/compile";
import { sampleFlowMap } from "variational-flow-maps/flow";
import { type AdapterNetwork, type FlowMapNetwork } from "variational-flow-maps/models";
import { drawNoise } from "variational-flow-maps/vfm";
import { latentCells, latentHalfWidth, squareAt } from "../board.js";
import { type ModelView, type NoiseView } from "../views.js";
import { leavesOf, treeOf } from "./leaves.js";
import { readPosterior, shownSamples } from "./read-posterior.js";

/** A model's current parameters. Without an adapter its noise is N(0, I), and its samples are those of the prior. */
export interface BoardParameters {
  readonly flowMap: Tree<HostArray>;
  readonly adapter?: Tree<HostArray>;
}

/** Evaluates models of the board while their parameters change: networks of one form, compiled once. */
export interface BoardReader {
  /** The square that each cell of the latent plane is sent to. */
  landing(flowMap: Tree<HostArray>): Promise<Int8Array>;
  /** x = f(z) in one evaluation. z: [n, 2] -> [n, 2], n at most `readTogether`. */
  push(flowMap: Tree<HostArray>, z: Float32Array): Promise<Float32Array>;
  /** q(z | y) and samples of p(x | y), the same noise for every y. */
  posterior(parameters: BoardParameters, y: number): Promise<Omit<ModelView, "landing">>;
  /** One sample of p(x | y) for each observation of a batch. y: [n], eps: [n, 2] -> [n, 2], n at most `readTogether`. */
  draw(parameters: Required<BoardParameters>, y: Float32Array, eps: Float32Array): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Rows that are computed at once. */
export const readTogether = latentCells ** 2;

/** Compiles a reader for models of these networks. */
export async function openReader(flowMap: FlowMapNetwork, adapter: AdapterNetwork): Promise<BoardReader> {
  const forms = { flowMap: flowMap.initialise(randomSource(0)), adapter: adapter.initialise(randomSource(0)) };
  const push = (leaves: NDArray[], z: NDArray): NDArray =>
    sampleFlowMap((x, r, t) => flowMap.apply(treeOf(forms.flowMap, leaves), x, r, t), z, 1);
  const rows = (count: number) => ({ shape: [count, 2], type: "float32" as const });
  const pushed = await compile(push, [leavesOf(forms.flowMap), rows(readTogether)]);
  const sampled = async (count: number) =>
    compile(
      (flow: NDArray[], ofAdapter: NDArray[], aty: NDArray, eps: NDArray) => {
        const problem = constant(hostArray(new Int32Array(count), [count]));
        const q = adapter.apply(treeOf(forms.adapter, ofAdapter), aty, problem);
        const shape = [count, 2];
        return {
          mean: broadcastTo(q.mean, shape),
          logSigma: broadcastTo(q.logSigma, shape),
          x: push(flow, drawNoise(q, eps)),
        };
      },
      [leavesOf(forms.flowMap), leavesOf(forms.adapter), rows(count), rows(count)],
    );
  const [few, many] = [await sampled(shownSamples), await sampled(readTogether)];
  const grid = latentGrid();
  const shownNoise = randomSource(1, "shown noise").normalArray([shownSamples, 2]);
  const padded = (values: Float32Array): HostArray => {
    const array = hostZeros([readTogether, 2]);
    (array.data as Float32Array).set(values);
    return array;
  };
  const atyOf = (y: ArrayLike<number>, count: number): HostArray => {
    const array = hostZeros([count, 2]);
    for (let i = 0; i < y.length; i++) array.data[2 * i] = y[i];
    return array;
  };
  const pushRows = async (flow: Tree<HostArray>, z: Float32Array): Promise<Float32Array> => {
    const { data } = await pushed.run(leavesOf(flow), padded(z));
    return Float32Array.from(data.slice(0, z.length));
  };
  const standard: NoiseView = { mean: [0, 0], deviation: [1, 1], adapted: false };
  return {
    async landing(parameters) {
      const { data } = await pushed.run(leavesOf(parameters), grid);
      return Int8Array.from({ length: readTogether }, (_, i) => squareAt(data[2 * i], data[2 * i + 1]));
    },
    push: pushRows,
    async posterior({ flowMap: flow, adapter: own }, y) {
      if (own === undefined) {
        const samples = await pushRows(flow, shownNoise.data as Float32Array);
        return { noise: standard, posterior: readPosterior(samples, y) };
      }
      const aty = atyOf(new Float32Array(shownSamples).fill(y), shownSamples);
      const { mean, logSigma, x } = await few.run(leavesOf(flow), leavesOf(own), aty, shownNoise);
      return {
        noise: {
          mean: [mean.data[0], mean.data[1]],
          deviation: [Math.exp(logSigma.data[0]), Math.exp(logSigma.data[1])],
          adapted: true,
        },
        posterior: readPosterior(Float32Array.from(x.data), y),
      };
    },
    async draw({ flowMap: flow, adapter: own }, y, eps) {
      const { x } = await many.run(leavesOf(flow), leavesOf(own), atyOf(y, readTogether), padded(eps));
      return Float32Array.from(x.data.slice(0, 2 * y.length));
    },
    async dispose() {
      for (const compiled of [pushed, few, many]) await compiled.dispose();
    },
  };
}

/** The centres of the latent plane's cells, row by row from the top. */
function latentGrid(): HostArray {
  const centre = (cell: number): number => ((cell + 0.5) / latentCells) * 2 * latentHalfWidth - latentHalfWidth;
  const grid = hostZeros([readTogether, 2]);
  for (let i = 0; i < readTogether; i++) {
    grid.data[2 * i] = centre(i % latentCells);
    grid.data[2 * i + 1] = -centre(Math.floor(i / latentCells));
  }
  return grid;
}
