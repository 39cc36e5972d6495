import { expect } from "vitest";
import { hostFull, type HostArray, namedLeaves, type Tree } from "../../src/array/index.js";
import { dot } from "./compare.js";

/**
 * Compares gradients with the published statistics of each parameter's: its norm, its product with the parameter, its sum.
 * Parameters that the objective does not reach have none.
 */
export function expectGradients(
  statistics: ReadonlyMap<string, HostArray>,
  gradients: Tree<HostArray>,
  parameters: Tree<HostArray>,
): void {
  const values = new Map(namedLeaves(parameters).map(({ name, array }) => [name, array]));
  const largest = Math.max(...[...statistics.values()].map(({ data }) => data[0]));
  let compared = 0;
  for (const { name, array } of namedLeaves(gradients)) {
    const reference = statistics.get(name)?.data;
    const parameter = values.get(name);
    if (reference === undefined || parameter === undefined) continue;
    const [norm, product, total] = reference;
    // Some gradients vanish but for rounding (a bias before a group norm of one channel a group).
    const tolerance = 1e-4 * norm + 1e-6 * largest;
    const size = Math.max(1, Math.sqrt(dot(parameter, parameter)), Math.sqrt(array.data.length));
    expect(Math.abs(Math.sqrt(dot(array, array)) - norm), `norm of ${name}`).toBeLessThan(tolerance);
    expect(Math.abs(dot(array, parameter) - product), `product of ${name}`).toBeLessThan(tolerance * size);
    expect(Math.abs(dot(array, hostFull(array.shape, 1)) - total), `sum of ${name}`).toBeLessThan(tolerance * size);
    compared++;
  }
  expect(compared).toBe(statistics.size);
}
