import { expect } from "vitest";
import { hostFull, type HostArray, namedLeaves, type Tree } from "../../../src/array/index.js";
import { dot } from "../compare.js";

/** Compares gradients with the published statistics of each parameter's: its norm, its product with the parameter, its sum. */
export function expectGradients(
  statistics: ReadonlyMap<string, HostArray>,
  gradients: Tree<HostArray>,
  parameters: Tree<HostArray>,
): void {
  const values = new Map(namedLeaves(parameters).map(({ name, array }) => [name, array]));
  const ours = new Map(namedLeaves(gradients).map(({ name, array }) => [name, array]));
  const largest = Math.max(...[...statistics.values()].map(({ data }) => data[0]));
  for (const [name, { data }] of statistics) {
    const [norm, product, total] = data;
    const [array, parameter] = [ours.get(name), values.get(name)];
    if (array === undefined || parameter === undefined)
      throw new Error(`the gradient of ${name} is recorded, and the network has no such parameter`);
    // Some gradients vanish but for rounding (a bias before a group norm of one channel a group).
    const tolerance = 1e-4 * norm + 1e-6 * largest;
    const size = Math.max(1, Math.sqrt(dot(parameter, parameter)), Math.sqrt(array.data.length));
    expect(Math.abs(Math.sqrt(dot(array, array)) - norm), `norm of ${name}`).toBeLessThanOrEqual(tolerance);
    expect(Math.abs(dot(array, parameter) - product), `product of ${name}`).toBeLessThanOrEqual(tolerance * size);
    expect(Math.abs(dot(array, hostFull(array.shape, 1)) - total), `sum of ${name}`).toBeLessThanOrEqual(
      tolerance * size,
    );
  }
}
