import { spawn } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { loadCheckpoint } from "../checkpoint/index.js";
import { runCommandLine } from "./program.js";
import { builtProgram } from "../../test/support/built-program.js";

const config = {
  seed: 1,
  data: { kind: "checkerboard", points: 50 },
  flowMap: { model: "mlp", shape: [2], width: 4, depth: 1 },
  stages: [{ kind: "flow-matching", steps: 2, batchSize: 4, learningRate: 1e-3 }],
};
let folder = "";
const at = (name: string): string => join(folder, name);
const loggedText = (run: string): Promise<string> => readFile(join(run, "log.jsonl"), "utf8").catch(() => "");
const silent = { out: () => undefined, err: () => undefined };

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-train-command-"));
  await writeFile(at("short.json"), JSON.stringify(config));
  const [stage] = config.stages;
  const long = { ...config, stages: [{ ...stage, steps: 100_000_000 }], logEvery: 1 };
  await writeFile(at("long.json"), JSON.stringify(long));
});
afterAll(() => rm(folder, { recursive: true }));

describe("vfm train", () => {
  it("takes a seed before the configuration's", async () => {
    const seedOf = async (run: string, ...options: string[]): Promise<unknown> => {
      expect(await runCommandLine(["train", at("short.json"), "--out", at(run), ...options], silent)).toBe(0);
      return (await loadCheckpoint(join(at(run), "checkpoint"))).metadata.training.seed;
    };
    expect(await seedOf("own")).toBe(1);
    expect(await seedOf("given", "--seed", "5")).toBe(5);
  });

  it("saves its state on Ctrl-C and ends with 130", async () => {
    const argv = [builtProgram, "train", at("long.json"), "--out", at("long"), "--json"];
    const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
    const text = { out: "", err: "" };
    child.stdout.on("data", (chunk) => (text.out += String(chunk)));
    child.stderr.on("data", (chunk) => (text.err += String(chunk)));
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    try {
      while ((await loggedText(at("long"))) === "" && child.exitCode === null)
        await new Promise((wake) => setTimeout(wake, 20));
      child.kill("SIGINT");
      expect(await ended).toBe(130);
    } finally {
      child.kill("SIGKILL");
    }
    expect(text.err).toBe("");
    expect(JSON.parse(text.out)).toMatchObject({ complete: false, checkpoint: join(at("long"), "checkpoint") });
    const [stage] = (await loadCheckpoint(at("long/checkpoint"))).metadata.stages;
    expect(stage.steps).toBeGreaterThan(0);
  });
});
