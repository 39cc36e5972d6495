import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { hostArray, randomSource } from "../array/index.js";
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

  it("say what computed them", async () => {
    const engine = { backend: "onnx", device: "cpu" };
    await saveState(folder, state, position(0, 7), engine);
    expect(await readPosition(folder)).toEqual({ position: position(0, 7), engine });
  });

  it.each(["state.safetensors", "state.json", "checksums.json"])(
    "are refused with any bit of %s turned",
    async (name) => {
      await saveState(folder, state, position(0, 7));
      const load = async () => {
        await readPosition(folder);
        return readState(folder, position(0, 7), state);
      };
      expect(await load()).toEqual(state);
      const file = join(folder, "00-00000007", name);
      const whole = await readFile(file);
      const random = randomSource(3, name);
      // In the first and in the last byte, and anywhere.
      for (const place of [0, whole.length - 1, ...Array.from({ length: 30 }, () => random.integer(whole.length))]) {
        const bytes = Buffer.from(whole);
        bytes[place] ^= 1 << random.integer(8);
        await writeFile(file, bytes);
        const loading = load();
        await expect(loading, `byte ${place}`).rejects.toThrow(InputError);
        await expect(loading).rejects.toThrow("00-00000007");
      }
    },
  );

  it("are refused with a file of another state", async () => {
    const other = join(folder, "..", "other");
    await saveState(
      other,
      { ...state, adapter: { parameters: hostArray([4], [1]) } },
      { ...position(0, 7), seconds: 2 },
    );
    for (const name of ["state.safetensors", "state.json"]) {
      await saveState(folder, state, position(0, 7));
      await cp(join(other, "00-00000007", name), join(folder, "00-00000007", name));
      const loading = readPosition(folder).then(() => readState(folder, position(0, 7), state));
      await expect(loading).rejects.toThrow(InputError);
      await expect(loading).rejects.toThrow(`${name} is damaged, or belongs to another folder`);
    }
  });

  it("are refused with a value that is not a number", async () => {
    await saveState(folder, { ...state, adapter: { parameters: hostArray([NaN], [1]) } }, position(0, 7));
    const reading = readState(folder, position(0, 7), state);
    await expect(reading).rejects.toThrow(InputError);
    await expect(reading).rejects.toThrow(/adapter\.parameters holds NaN at place 0/);
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
