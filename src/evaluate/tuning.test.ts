import { expect, it } from "vitest";
import { hostFull, mul } from "../array/index.js";
import { type GuidedMethod, samplerEngine } from "../baselines/index.js";
import { imageProblem, observe } from "../operators/index.js";
import { isSearched, searchSettings } from "./tuning.js";

const model = { parameters: { flowMap: {} }, meanVelocity: (_: unknown, x: Parameters<typeof mul>[0]) => mul(x, 0) };

it("a sampler whose values overflow has diverged, though images are clipped", async () => {
  const truth = hostFull([2, 1, 4, 4], 0);
  const observation = await observe(imageProblem("denoise", { sigma: 0.1 }), truth, { seed: 1 });
  const overflowing: GuidedMethod = {
    name: "overflowing",
    initial: { steps: 1 },
    ranges: { steps: { kind: "choice", values: [1] } },
    mostSteps: 1,
    create: () => ({
      name: "overflowing",
      evaluations: 1,
      sample: (_, { samples }) => Promise.resolve(hostFull([2, samples, 1, 4, 4], Infinity)),
    }),
  };
  const task = { truth, observation, samples: 2, seed: 1, trials: 1, engine: samplerEngine() };
  await expect(searchSettings(overflowing, model, task, [])).rejects.toThrow(/overflowing diverges/);
});

it("the best three settings are tried with more steps, once", async () => {
  const truth = hostFull([2, 1, 4, 4], 0);
  const observation = await observe(imageProblem("denoise", { sigma: 0.1 }), truth, { seed: 1 });
  // All samples are error / steps, which is then their CRPS too.
  const method: GuidedMethod = {
    name: "constant",
    initial: { steps: 4, error: 0.9 },
    ranges: { steps: { kind: "choice", values: [2] }, error: { kind: "linear", low: 0, high: 1 } },
    mostSteps: 4,
    create: (_model, { steps, error }) => ({
      name: "constant",
      evaluations: steps,
      sample: (_, { samples }) => Promise.resolve(hostFull([2, samples, 1, 4, 4], error / steps)),
    }),
  };
  const task = { truth, observation, samples: 2, seed: 1, trials: 8, engine: samplerEngine() };
  const found = await searchSettings(method, model, task, []);
  const [first, ...others] = found.trials.map(({ settings }) => settings);
  expect(first).toEqual(method.initial);
  const few = others.slice(0, 7).sort((a, b) => a.error - b.error);
  expect(few.map(({ steps }) => steps)).toEqual(Array(7).fill(2));
  expect(others.slice(7)).toEqual(few.slice(0, 3).map(({ error }) => ({ steps: 4, error })));
  expect(found.chosen).toEqual({ steps: 4, error: few[0].error });
  expect(found.crps).toBeCloseTo(few[0].error / 4, 6);

  const plan = { problem: observation.problem, seed: 1, trials: 8 };
  expect(isSearched(method, plan, found.trials)).toBe(true);
  expect(isSearched(method, plan, found.trials.slice(0, 8))).toBe(false);
  const continued = await searchSettings(method, model, task, found.trials.slice(0, 9));
  expect(continued.trials.map(({ settings }) => settings)).toEqual(found.trials.map(({ settings }) => settings));
});
