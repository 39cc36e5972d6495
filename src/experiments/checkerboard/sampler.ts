import { constant, constantTree, hostArray, type NDArray } from "../../array/index.js";
import { type Backend, compile } from "../../compile/index.js";
import { sampleFlowMap } from "../../flow/index.js";
import { drawNoise, type VariationalFlowMap } from "../../vfm/index.js";

/** Rows that the compiled functions take at once. */
const batchSize = 8192;

/** A model of points in the plane, compiled in its parts. All arrays are tables with a row a point. */
export interface PointSampler {
  /** z = mu(y) + L(y) eps of the noise adapter. y: [n], eps: [n, 2] -> z: [n, 2]. */
  drawNoise(y: Float32Array, eps: Float32Array): Promise<Float32Array>;
  /** x = f(z) in `steps` evaluations of the flow map. z: [n, 2] -> x: [n, 2]. */
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
  const page = (table: Float32Array, start: number) => {
    const rows = new Float32Array(2 * batchSize);
    rows.set(table.subarray(2 * start, 2 * (start + batchSize)));
    return hostArray(rows, points.shape);
  };
  return {
    async drawNoise(y, eps) {
      const aty = new Float32Array(2 * y.length);
      y.forEach((value, i) => (aty[2 * i] = value));
      return inPages(y.length, (start) => adapter.run(page(aty, start), page(eps, start)));
    },
    pushForward: (z, steps) => inPages(z.length / 2, (start) => flows[steps].run(page(z, start))),
    async dispose() {
      for (const compiled of [adapter, flows[1], flows[4]]) await compiled.dispose();
    },
  };
}

async function inPages(
  count: number,
  run: (start: number) => Promise<{ data: Float32Array | Int32Array }>,
): Promise<Float32Array> {
  const all = new Float32Array(2 * count);
  for (let start = 0; start < count; start += batchSize) {
    const { data } = await run(start);
    all.set(data.subarray(0, 2 * Math.min(batchSize, count - start)), 2 * start);
  }
  return all;
}
