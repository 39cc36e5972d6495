import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { type RunPosition, startTraining } from "./run-state.js";
import { readPosition, readState, saveState } from "./state-files.js";

let folder = "";
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), "vfm-state-")), "state");
});
afterEach(() => rm(join(folder, ".."), { recursive: true }));

const position = (stage: number, step: number): RunPosition => ({
  stage,
  step,
  seconds: 1.5,
  complete: false,
  history: [{ kind: "flow-matching", steps: 3, seconds: 0.25 }],
});
const state = {
  flowMap: startTraining([{ weight: hostArray([1, 2], [2]) }]),
  adapter: { parameters: hostArray([3], [1]) },
};

describe("saved states", () => {
  it("are read as they were written, the newest alone being kept", async () => {
    expect(await readPosition(folder)).toBeUndefined();
    await saveState(folder, state, position(0, 999));
    await saveState(folder, state, position(1, 5));
    await saveState(folder, state, position(1, 10));
    expect(await readdir(folder)).toEqual(["01-00000010"]);
    expect(await readPosition(folder)).toEqual({ position: position(1, 10) });
    expect(await readState(folder, position(1, 10), state)).toEqual(state);
  });

  it("say what computed them, and are refused with a bit turned", async () => {
    const engine = { backend: "onnx", device: "cpu" };
    await saveState(folder, state, position(0, 7), engine);
    expect(await readPosition(folder)).toEqual({ position: position(0, 7), engine });
    const file = join(folder, "00-00000007", "state.safetensors");
    const bytes = await readFile(file);
    bytes[bytes.length - 2] ^= 16;
    await writeFile(file, bytes);
    await expect(readState(folder, position(0, 7), state)).rejects.toThrow(/state\.safetensors is damaged/);
  });

  it("survive a kill while the next one is written", async () => {
    await saveState(folder, state, position(0, 7));
    await mkdir(join(folder, "00-00000008.tmp-1"));
    await writeFile(join(folder, "00-00000008.tmp-1", "state.safetensors"), "half a fi");
    expect(await readPosition(folder)).toEqual({ position: position(0, 7) });
    await saveState(folder, state, position(0, 9));
    expect(await readdir(folder)).toEqual(["00-00000009"]);
  });

  it("are refused in one line when they are damaged", async () => {
    await saveState(folder, state, position(0, 7));
    await writeFile(join(folder, "00-00000007", "state.json"), '{"format": 1, "stage": 0}');
    await expect(readPosition(folder)).rejects.toThrow(/state\.json is damaged/);
    await rm(join(folder, "00-00000007", "checksums.json"));
    await expect(readPosition(folder)).rejects.toThrow(/state\.json: step: /);
    await writeFile(join(folder, "00-00000007", "state.json"), JSON.stringify({ format: 1, ...position(0, 8) }));
    await expect(readPosition(folder)).rejects.toThrow(InputError);
  });
});
