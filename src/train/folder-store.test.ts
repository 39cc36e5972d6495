import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { folderStore } from "./folder-store.js";
import { type RunIdentity, type SavedRun } from "./run-store.js";

let root = "";
beforeEach(async () => void (root = await mkdtemp(join(tmpdir(), "vfm-store-"))));
afterEach(() => rm(root, { recursive: true }));
const at = (...names: string[]): string => join(root, ...names);
const put = async (text: string, ...names: string[]): Promise<void> => {
  await mkdir(dirname(at(...names)), { recursive: true });
  await writeFile(at(...names), text);
};

const stages = [{ kind: "flow-matching", steps: 3 }];
const run: RunIdentity = { record: { seed: 1, stages }, engine: { backend: "jax", device: "cpu" } };
const networks = { flowMap: hostArray([1], [1]) };
const saved: SavedRun = {
  state: { flowMap: { parameters: networks.flowMap } },
  position: { stage: 0, step: 1, seconds: 0, complete: false, history: [] },
  networks,
  about: { sampleShape: [1], model: { problems: [] }, training: {}, stages: [{ kind: "flow-matching", steps: 1 }] },
  startsLater: false,
};

/** A run up to its first state, its first log line, or only up to its record, as if it was killed there. */
async function start(upTo: "record" | "log" | "state"): Promise<void> {
  const store = folderStore(root, "float32");
  try {
    expect(await store.open(run, false)).toBeUndefined();
    await store.begin(run);
    if (upTo === "record") return;
    await store.trimLog(0, 0);
    await store.appendLog({ stage: 0, kind: "flow-matching", step: 1, seconds: 1, learningRate: {}, measures: {} });
    if (upTo === "state") await store.save(saved);
  } finally {
    await store.close();
  }
}

describe("a run's folder", () => {
  it.each([
    ["config.json", JSON.stringify({ stages })],
    ["config.json", "notes"],
    ["log.jsonl", '{"mine":1}\n'],
    ["state/index.ts", "export {};"],
    ["checkpoint/other.txt", "mine"],
    ["stage-1-mine.safetensors", "mine"],
    ["stages/0-flow-matching/model.safetensors", "mine"],
  ])("is not one that holds another %s", async (name, text) => {
    await put(text, name);
    await expect(start("state")).rejects.toThrow(InputError);
    await expect(start("state")).rejects.toThrow(/holds .*, which the run would overwrite/);
    expect(await readFile(at(name), "utf8")).toBe(text);
    expect(await readdir(root)).toEqual([name.split("/")[0]]);
  });

  it("is one where a run was killed before its first state, and may hold other files", async () => {
    await put("mine", "notes.txt");
    await put("", "log.jsonl");
    await start("record");
    const store = folderStore(root, "float32");
    expect(await store.open(run, true)).toBeUndefined();
    await store.close();
    await start("log");
    await put("mine", "state", "index.ts");
    await start("state");
    expect((await readdir(at("state"))).sort()).toEqual(["00-00000001", "index.ts"]);
    expect(await readFile(at("notes.txt"), "utf8")).toBe("mine");
  });

  it("loses what killed processes were writing, and nothing else, where the run is resumed", async () => {
    await start("state");
    const left = ["checkpoint.tmp-9-1", "checkpoint.tmp-ab12-9-2-replaced", "config.json.tmp-9-0"];
    const later = ["stage-1-trajectories.safetensors.tmp-9-3", "stages/0-flow-matching.tmp-9-4"];
    for (const name of [...left, ...later, "notes.tmp-9-1"]) await put("half", name);
    const store = folderStore(root, "float32");
    expect(await store.open(run, true)).toMatchObject({ stage: 0, step: 1 });
    await store.close();
    expect((await readdir(root)).sort()).toEqual(
      ["checkpoint", "config.json", "log.jsonl", "notes.tmp-9-1", "stages", "state"].sort(),
    );
    expect(await readdir(at("stages"))).toEqual([]);
  });
});
