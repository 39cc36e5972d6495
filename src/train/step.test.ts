import { describe, expect, it } from "vitest";
import { add, hostArray, type HostArray, mul, type NDArray, square, sub, sum } from "../array/index.js";
import { startTraining } from "./run-state.js";
import { compileStep, type Loss } from "./step.js";

// L = sum((a c - y)^2) + 3 a average(a): a is trained, c is frozen, and no gradient may flow into the average.
const loss: Loss = (networks, averages, { y }) => {
  const a = networks.a as NDArray;
  const error = sum(square(sub(mul(a, networks.c as NDArray), y as NDArray)));
  return [add(sum(mul(mul(a, averages.a as NDArray), 3)), error), { error }];
};

describe("trainingStep", () => {
  it("updates the trained network alone, by its clipped gradient", async () => {
    const a = { ...startTraining(hostArray([2], [1])), average: hostArray([0.5], [1]) };
    const frozen = { c: hostArray([4], [1]) };
    const batch = { y: hostArray([3], [1]) };
    const scalars = {
      a: { shrink: 0.99, stepSize: 0.1, epsilon: 1e-3, averageDecay: 0.75 },
    };
    const step = await compileStep(
      loss,
      { betas: [0.9, 0.99], clip: 10 },
      { trained: { a }, frozen, batch },
      { backend: "jax" },
    );
    const { state, measures } = await step.run({ a }, frozen, batch, scalars);
    await step.dispose();

    const gradient = 2 * (2 * 4 - 3) * 4 + 3 * 0.5;
    expect(measures.error.data[0]).toBeCloseTo(25, 4);
    expect(measures.loss.data[0]).toBeCloseTo(25 + 3 * 2 * 0.5, 4);
    expect(measures["gradient norm a"].data[0]).toBeCloseTo(gradient, 3);
    const [first, second] = [0.1 * 10, 0.01 * 10 * 10];
    const parameter = 0.99 * 2 - (0.1 * first) / (Math.sqrt(second) + 1e-3);
    const read = (tree: unknown): number => (tree as HostArray).data[0];
    expect(Object.keys(state)).toEqual(["a"]);
    expect(read(state.a.first)).toBeCloseTo(first, 5);
    expect(read(state.a.second)).toBeCloseTo(second, 5);
    expect(read(state.a.parameters)).toBeCloseTo(parameter, 5);
    expect(read(state.a.average)).toBeCloseTo(0.5 + 0.25 * (parameter - 0.5), 5);
  });
});
