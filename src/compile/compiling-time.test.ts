import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { countAsCompiling, timeWithoutCompiling } from "./compiling-time.js";

beforeEach(() => void vi.useFakeTimers({ toFake: ["setTimeout", "performance"] }));
afterEach(() => void vi.useRealTimers());

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Starts compiling at `from` until `to`, and measures work from `start` until `end`. */
async function measured([from, to]: [number, number], [start, end]: [number, number]): Promise<number> {
  const compiling = wait(from).then(() => countAsCompiling(() => wait(to - from)));
  const working = wait(start).then(() => timeWithoutCompiling(() => wait(end - start)));
  await vi.runAllTimersAsync();
  await compiling;
  return (await working).milliseconds;
}

describe("the time of work", () => {
  it.each([
    ["before", [0, 100], [200, 300], 100],
    ["during its start", [0, 1000], [900, 1100], 100],
    ["during its end", [150, 900], [100, 200], 50],
    ["all the while", [0, 1000], [400, 500], 0],
    ["within it", [50, 80], [0, 100], 70],
  ] as const)("leaves out what is compiled %s", async (_, compiling, working, expected) => {
    expect(await measured([...compiling], [...working])).toBeCloseTo(expected, 6);
  });
});
