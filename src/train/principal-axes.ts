import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type HostArray, hostArray, randomSource, sizeOf } from "../array/index.js";
import { adapterBasis } from "../models/index.js";
import { type Run } from "./run.js";
import { type Parameters, type RunState } from "./run-state.js";

// More samples hardly change the leading axes, and the covariance is computed on one core.
const mostSamples = 5000;

/**
 * Replaces the identity, with which an adapter's "principal" basis starts, by the principal axes of the run's data. A
 * basis that is no longer the identity was read from a checkpoint and is kept.
 */
export async function withPrincipalAxes({ adapter, data, seed }: Run, networks: RunState): Promise<RunState> {
  const basis = adapterBasis(networks.adapter?.parameters);
  if (adapter?.basis !== "principal" || basis === undefined || !isIdentity(basis)) return networks;
  const order = randomSource(seed, "principal axes").permutation(data.count).subarray(0, mostSamples);
  const parameters = networks.adapter.parameters as Record<string, Parameters>;
  return { ...networks, adapter: { parameters: { ...parameters, basis: principalAxes(await data.take(order)) } } };
}

/**
 * The principal axes of samples: the eigenvectors of their covariance, in order of decreasing variance.
 *
 * @param x samples, [N, ...sampleShape], with D values each
 * @returns orthonormal rows, [D, D]
 */
export function principalAxes({ shape, data }: HostArray): HostArray {
  const size = sizeOf(shape.slice(1));
  const samples = Matrix.from1DArray(shape[0], size, Array.from(data)).center("column");
  const covariance = samples.transpose().mmul(samples).div(shape[0]);
  const { eigenvectorMatrix } = new EigenvalueDecomposition(covariance, { assumeSymmetric: true });
  // The eigenvalues are in increasing order.
  return hostArray(eigenvectorMatrix.transpose().to2DArray().reverse().flat(), [size, size]);
}

function isIdentity({ shape, data }: HostArray): boolean {
  return data.every((value, i) => value === (i % (shape[1] + 1) === 0 ? 1 : 0));
}
