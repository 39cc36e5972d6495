import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { mlp } from "../models/index.js";
import { fromArrays } from "./data-source.js";
import { flowMatching } from "./stages/index.js";
import { train } from "./train.js";

it("equal runs leave equal checkpoints, without times", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vfm-equal-"));
  const run = () => ({
    data: fromArrays(randomSource(1).normalArray([20, 2])),
    flowMap: mlp({ shape: [2], width: 4, depth: 1 }),
    stages: [flowMatching({ steps: 3, batchSize: 4 }), flowMatching({ steps: 2, batchSize: 4 })],
    seed: 5,
  });
  const names = ["checkpoint/checkpoint.json", "checkpoint/checksums.json", "stages/0-flow-matching/checkpoint.json"];
  const written = async (name: string): Promise<string[]> => {
    const { seconds } = await train(run(), { out: join(folder, name) });
    expect(seconds).toBeGreaterThan(0);
    return Promise.all(names.map((file) => readFile(join(folder, name, file), "utf8")));
  };
  const first = await written("first");
  expect(await written("second")).toEqual(first);
  expect(first.join("")).not.toContain("seconds");
  expect(first.join("")).not.toContain(folder);
  await rm(folder, { recursive: true });
});
