import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Progress } from "./progress.js";

const terminal = Object.getOwnPropertyDescriptor(process.stderr, "isTTY");
let said: string[] = [];
const progress: Progress[] = [];
const started = (): Progress => {
  progress.push(new Progress());
  return progress[progress.length - 1];
};
beforeEach(() => {
  vi.useFakeTimers();
  said = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => said.push(String(text)) > 0);
});
afterEach(() => {
  progress.splice(0).forEach((each) => each.stop());
  vi.useRealTimers();
  vi.restoreAllMocks();
  Object.defineProperty(process.stderr, "isTTY", terminal ?? { value: undefined, configurable: true });
});

describe("progress where stderr is no terminal", () => {
  it("continues in lines while the work reports nothing, without a time left that nobody knows", () => {
    started().update(0, "512 samples");
    vi.advanceTimersByTime(61_000);
    expect(said).toEqual(["0 % | 512 samples\n", "0 % | 512 samples\n"]);
  });

  it("counts the time left down, and says nothing of it once that was too short", () => {
    const one = started();
    vi.advanceTimersByTime(30_000);
    one.update(0.5, "half");
    expect(said).toEqual(["50 % | 30 s left | half\n"]);
    vi.advanceTimersByTime(61_000);
    expect(said.slice(1)).toEqual(["50 % | 0 s left | half\n", "50 % | half\n"]);
    one.update(0.75, "known", Infinity);
    vi.advanceTimersByTime(31_000);
    expect(said.slice(3)).toEqual(["75 % | known\n"]);
  });

  it("ends with the work", () => {
    const one = started();
    one.update(0, "it");
    one.stop();
    vi.advanceTimersByTime(61_000);
    expect(said).toEqual([]);
  });
});

describe("progress on a terminal", () => {
  it("shows a bar after two seconds, though the work has reported only its beginning", () => {
    Object.defineProperty(process.stderr, "isTTY", { value: true, configurable: true });
    const one = started();
    one.update(0, "512 samples");
    vi.advanceTimersByTime(1500);
    expect(said).toEqual([]);
    vi.advanceTimersByTime(1500);
    expect(said.join("")).toMatch(/ 0 % \| 512 samples/);
  });
});
