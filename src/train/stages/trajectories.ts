import {
  add,
  type HostArray,
  hostFull,
  hostZeros,
  mul,
  type NDArray,
  perSample,
  sizeOf,
  sub,
  type Tree,
} from "../../array/index.js";
import { type CompileOptions, compileWith } from "../../compile/index.js";
import { type LabelledMeanVelocity } from "../../flow/index.js";

/** Trajectories of the flow's ordinary differential equation from t = 1 to t = 0. */
export interface Trajectories {
  readonly [key: string]: HostArray;
  /** x at t = 1, 1 - 1/nodes, ..., 0: [nodes + 1, count, ...sampleShape]. */
  states: HostArray;
}

/** The number of trajectories, and of the steps of each. */
export interface TrajectorySettings {
  count: number;
  nodes: number;
  /** Whether to stop; asked before every batch. Default: never. */
  stopped?: () => Promise<boolean>;
}

/**
 * Integrates dx/dt = u(x, t, t) from noise by Heun's method (second order), in `nodes` equal steps of two evaluations.
 *
 * @param noise draws the noise of the batch with this index, [batchSize, ...sampleShape]; the last batch may be
 *   truncated
 * @returns undefined if it was stopped
 * @throws InputError if there is not enough memory for the trajectories
 */
export async function integrateTrajectories(
  meanVelocity: (parameters: Tree<NDArray>) => LabelledMeanVelocity,
  parameters: Tree<HostArray>,
  noise: (batch: number) => Promise<HostArray>,
  { count, nodes, stopped = async () => false }: TrajectorySettings,
  engine: CompileOptions,
): Promise<Trajectories | undefined> {
  const heun = (networks: Tree<NDArray>, x: NDArray, late: NDArray, early: NDArray): NDArray => {
    const u = meanVelocity(networks);
    const length = perSample(sub(late, early), x);
    const first = u(x, late, late);
    const second = u(sub(x, mul(length, first)), early, early);
    return sub(x, mul(length, mul(add(first, second), 0.5)));
  };
  let x = await noise(0);
  const [batchSize, ...sampleShape] = x.shape;
  const states = hostZeros([nodes + 1, count, ...sampleShape]);
  const size = sizeOf(sampleShape);
  const times = { shape: [batchSize], type: "float32" } as const;
  const compiled = await compileWith(parameters, heun, [x, times, times], engine);
  try {
    for (let start = 0, batch = 0; start < count; start += batchSize, batch++) {
      if (await stopped()) return undefined;
      if (batch > 0) x = await noise(batch);
      const kept = Math.min(batchSize, count - start) * size;
      states.data.set(x.data.subarray(0, kept), start * size);
      for (let node = 0; node < nodes; node++) {
        const [late, early] = [1 - node / nodes, 1 - (node + 1) / nodes].map((time) => hostFull([batchSize], time));
        x = await compiled.run(x, late, early);
        states.data.set(x.data.subarray(0, kept), ((node + 1) * count + start) * size);
      }
    }
  } finally {
    await compiled.dispose();
  }
  return { states };
}
