import {
  constant,
  constantTree,
  type HostArray,
  hostArray,
  hostZeros,
  inBatches,
  type NDArray,
  takeRows,
} from "../../src/array/index.js";
import { type Backend, compile } from "../../src/compile/index.js";
import { sampleFlowMap } from "../../src/flow/index.js";
import { drawNoise, type VariationalFlowMap } from "../../src/vfm/index.js";

/** Number of rows in a batch of the compiled functions. */
const batchSize = 8192;

/** The compiled parts of a model of points in the plane. All arrays are tables with one row for each point. */
export interface PointSampler {
  /** z = mu(y) + L(y) eps of the noise adapter. y: [n], eps: [n, 2] -> z: [n, 2]. */
  drawNoise(y: Float32Array, eps: Float32Array): Promise<Float32Array>;
  /** x = f(z) with `steps` evaluations of the flow map. z: [n, 2] -> x: [n, 2]. */
  pushForward(z: Float32Array, steps: 1 | 4): Promise<Float32Array>;
  dispose(): Promise<void>;
}

/** Compiles a model of the checkerboard. */
export async function openPointSampler(model: VariationalFlowMap, backend?: Backend): Promise<PointSampler> {
  const points = { shape: [batchSize, 2], type: "float32" } as const;
  const options = backend && { backend };
  const adapter = await compile(
    (aty: NDArray, eps: NDArray) => {
      const problem = constant(hostArray(new Int32Array(batchSize), [batchSize]));
      return drawNoise(model.adapter(constantTree(model.parameters.adapter), aty, problem), eps);
    },
    [points, points],
    options,
  );
  const flow = async (steps: number) =>
    compile(
      (z: NDArray) => {
        const parameters = constantTree(model.parameters.flowMap);
        return sampleFlowMap((...inputs) => model.meanVelocity(parameters, ...inputs), z, steps);
      },
      [points],
      options,
    );
  const flows = { 1: await flow(1), 4: await flow(4) };
  const inPages = async (count: number, run: (rows: Int32Array) => Promise<HostArray>): Promise<Float32Array> =>
    (await inBatches(count, batchSize, run)).data as Float32Array;
  const pointsOf = (table: Float32Array): HostArray => hostArray(table, [table.length / 2, 2]);
  return {
    async drawNoise(y, eps) {
      const aty = hostZeros([y.length, 2]);
      y.forEach((value, i) => (aty.data[2 * i] = value));
      const noise = pointsOf(eps);
      return inPages(y.length, (rows) => adapter.run(takeRows(aty, rows), takeRows(noise, rows)));
    },
    pushForward: (z, steps) => {
      const noise = pointsOf(z);
      return inPages(z.length / 2, (rows) => flows[steps].run(takeRows(noise, rows)));
    },
    async dispose() {
      for (const compiled of [adapter, flows[1], flows[4]]) await compiled.dispose();
    },
  };
}
