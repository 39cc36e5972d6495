import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { hostArray, hostFull } from "../../src/array/index.js";
import { imageProblem, observe } from "../../src/operators/index.js";
import { type Entrant } from "./entrants.js";
import { referenceSamples } from "./reference-chain.js";

let folder: string;
beforeAll(async () => void (folder = await mkdtemp(join(tmpdir(), "vfm-chain-"))));
afterAll(() => rm(folder, { recursive: true }));

it("reads the chain's samples again, but not those of other settings, seeds or checkpoints", async () => {
  const path = join(folder, "chain.safetensors");
  const truth = hostFull([1, 1, 1, 1], 0.5);
  const observation = await observe(imageProblem("denoise", { sigma: 0.5 }), truth, { seed: 0 });
  let draws = 0;
  const sample = async () => hostArray([++draws, draws], [1, 2, 1, 1, 1]);
  const sampler = { name: "noise-space-chain", evaluations: 3, sample };
  const entrant: Entrant = { name: sampler.name, settings: { steps: 1 }, checkpoint: "a", sampler };
  const task = { truth, observation, samples: 2, seed: 0, warmUp: 0 };
  const { samples } = await referenceSamples(entrant, path, task);
  expect((await referenceSamples(entrant, path, task)).samples).toEqual(samples);
  expect(draws).toBe(1);
  const others = [{ settings: { steps: 2 } }, { checkpoint: "b" }, {}];
  for (const [i, changes] of others.entries())
    await expect(
      referenceSamples({ ...entrant, ...changes }, path, { ...task, seed: i === 2 ? 1 : 0 }),
    ).rejects.toThrow(/was drawn with other settings, or from another checkpoint: remove it/);
});
