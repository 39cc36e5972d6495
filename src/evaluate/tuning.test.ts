import { expect, it } from "vitest";
import { hostFull, mul } from "../array/index.js";
import { type GuidedMethod, samplerEngine } from "../baselines/index.js";
import { imageProblem, observe } from "../operators/index.js";
import { searchSettings } from "./tuning.js";

it("a sampler whose values overflow has diverged, though images are clipped", async () => {
  const truth = hostFull([2, 1, 4, 4], 0);
  const observation = await observe(imageProblem("denoise", { sigma: 0.1 }), truth, { seed: 1 });
  const overflowing: GuidedMethod = {
    name: "overflowing",
    published: { steps: 1 },
    knobs: { steps: { kind: "choice", values: [1] } },
    create: () => ({
      name: "overflowing",
      evaluations: 1,
      sample: (_, { samples }) => Promise.resolve(hostFull([2, samples, 1, 4, 4], Infinity)),
    }),
  };
  const model = { parameters: { flowMap: {} }, meanVelocity: (_: unknown, x: Parameters<typeof mul>[0]) => mul(x, 0) };
  const task = { truth, observation, samples: 2, seed: 1, trials: 1, engine: samplerEngine() };
  await expect(searchSettings(overflowing, model, task, [])).rejects.toThrow(/overflowing diverges/);
});
