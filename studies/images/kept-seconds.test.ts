import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hostArray } from "../../src/array/index.js";
import { type TimedMethod, type TimedTask } from "../../src/evaluate/index.js";
import { imageProblem, observe } from "../../src/operators/index.js";
import { forgetSeconds, keptSeconds } from "./kept-seconds.js";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-seconds-"));
  vi.useFakeTimers({ toFake: ["performance"] });
});
afterAll(async () => {
  vi.useRealTimers();
  await rm(folder, { recursive: true });
});

/** A method that takes this many seconds for a batch, and counts its batches. */
function methodOf(name: string, seconds: number): TimedMethod & { batches(): number } {
  let batches = 0;
  const samples = hostArray(new Float32Array(2), [1, 2, 1, 1, 1]);
  return {
    name,
    batches: () => batches,
    sampler: {
      name,
      evaluations: 1,
      sample: () => {
        batches++;
        vi.advanceTimersByTime(1000 * seconds);
        return Promise.resolve(samples);
      },
    },
  };
}

/** Two samples of one observation. */
async function timedTask(): Promise<TimedTask> {
  const image = hostArray(new Float32Array(1), [1, 1, 1, 1]);
  const observation = await observe(imageProblem("denoise", { sigma: 0.5 }), image, { seed: 0 });
  return { observation, samples: 2, seed: 0, timing: { rounds: 2, leastSeconds: 0.1 } };
}

describe("kept seconds", () => {
  it("measures what is missing, in the speed of the day when the others were timed", async () => {
    const task = await timedTask();
    const path = join(folder, "seconds.json");
    const first = [methodOf("one", 2), methodOf("two", 6)];
    expect(await keptSeconds(path, first, task)).toEqual({ one: 1, two: 3 });

    // The machine takes three times as long now.
    const later = [methodOf("one", 6), methodOf("two", 18), methodOf("three", 12)];
    expect(await keptSeconds(path, later, task)).toEqual({ one: 1, two: 3, three: 2 });
    expect(later.map((method) => method.batches() > 0)).toEqual([true, false, true]);
    expect(JSON.parse(await readFile(path, "utf8"))).toEqual({ one: 1, two: 3, three: 2 });

    const complete = [methodOf("one", 6), methodOf("three", 12)];
    expect(await keptSeconds(path, complete, task)).toEqual({ one: 1, two: 3, three: 2 });
    expect(complete.map((method) => method.batches())).toEqual([0, 0]);
  });

  it("measures a method again whose cell has been drawn anew", async () => {
    const task = await timedTask();
    const path = join(folder, "anew.json");
    await keptSeconds(path, [methodOf("one", 2), methodOf("two", 6)], task);
    await forgetSeconds(path, "none");
    await forgetSeconds(path, "two");
    expect(await keptSeconds(path, [methodOf("one", 2), methodOf("two", 10)], task)).toEqual({ one: 1, two: 5 });
  });

  it("measures all where none of the methods was timed before", async () => {
    const path = join(folder, "others.json");
    await writeFile(path, JSON.stringify({ other: 5 }));
    expect(await keptSeconds(path, [methodOf("one", 2)], await timedTask())).toEqual({ other: 5, one: 1 });
  });
});
