import { describe, expect, it, vi } from "vitest";
import { hostArray, type HostArray } from "../array/index.js";
import { isOnEveryRank } from "../distributed/index.js";
import { NonFiniteError } from "../errors.js";
import { type LoopOptions, type Position, type Progress, runSteps, type StepResult } from "./loop.js";

interface Counter {
  [key: string]: HostArray;
  total: HostArray;
}
interface Saved {
  total: number;
  position: Position;
  complete: boolean;
}

const counter = (total: number): Counter => ({ total: hostArray([total], []) });

/** A "training" that adds each step's number; `loss` can be made to fail at a step. */
function counting(changes: Partial<LoopOptions<Counter, number>> & { lossAt?: (step: number) => number }): {
  options: LoopOptions<Counter, number>;
  saved: Saved[];
  lines: Progress[];
  drawn: number[];
} {
  const { lossAt = (step: number) => step, ...others } = changes;
  const saved: Saved[] = [];
  const lines: Progress[] = [];
  const drawn: number[] = [];
  const options: LoopOptions<Counter, number> = {
    state: counter(0),
    position: { step: 0, seconds: 0 },
    steps: 10,
    draw: (step: number) => {
      drawn.push(step);
      return step;
    },
    run: async (state, step): Promise<StepResult<Counter>> => ({
      state: counter(state.total.data[0] + step),
      measures: { loss: hostArray([lossAt(step)], []) },
    }),
    save: async (state, position, complete) => {
      saved.push({ total: state.total.data[0], position, complete });
    },
    report: (progress) => {
      lines.push(progress);
    },
    logEvery: 4,
    ...others,
  };
  return { options, saved, lines, drawn };
}

describe("runSteps", () => {
  it("saves when it is time, though the clock is set back", async () => {
    let now = Date.now();
    const clock = vi.spyOn(Date, "now").mockImplementation(() => (now -= 3_600_000));
    const { options, saved } = counting({ checkpointEveryMinutes: 0 });
    await runSteps(options);
    clock.mockRestore();
    expect(saved.map(({ position }) => position.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("draws every step once, in order, and saves the complete state", async () => {
    const { options, saved, drawn } = counting({ checkpointEverySteps: 3 });
    const result = await runSteps(options);
    expect(result.complete).toBe(true);
    expect(result.state.total.data[0]).toBe(45);
    expect(drawn).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(saved.map(({ total, position, complete }) => [position.step, total, complete])).toEqual([
      [3, 3, false],
      [6, 15, false],
      [9, 36, false],
      [10, 45, true],
    ]);
  });

  it("reports the median of each window", async () => {
    const { options, lines } = counting({ lossAt: (step) => (step === 2 ? 1000 : step) });
    await runSteps(options);
    expect(lines.map(({ step, measures }) => [step, measures.loss])).toEqual([
      [4, 2],
      [8, 5.5],
      [10, 8.5],
    ]);
  });

  it("continues from a position", async () => {
    const { options, drawn } = counting({ state: counter(15), position: { step: 6, seconds: 1 } });
    expect((await runSteps(options)).state.total.data[0]).toBe(45);
    expect(drawn).toEqual([6, 7, 8, 9]);
  });

  it("ends at the time limit", async () => {
    const { options, saved } = counting({ position: { step: 4, seconds: 60 }, maximumSeconds: 60 });
    const result = await runSteps(options);
    expect(result).toMatchObject({ complete: true, position: { step: 4, seconds: 60 } });
    expect(saved).toHaveLength(1);
  });

  it("tells `draw` how much of the stage is done, by steps or by time", async () => {
    const told: number[] = [];
    const note = (step: number, progress: number): number => {
      told.push(progress);
      return step;
    };
    await runSteps(counting({ steps: 4, draw: note }).options);
    expect(told).toEqual([0, 0.25, 0.5, 0.75]);
    told.length = 0;
    // A hundredth of the steps, but half of the time.
    const stop = new AbortController();
    const late = counting({
      steps: 1000,
      position: { step: 10, seconds: 250 },
      maximumSeconds: 500,
      signal: stop.signal,
      draw: (step, progress) => {
        stop.abort();
        return note(step, progress);
      },
    });
    await runSteps(late.options);
    expect(told).toEqual([0.5]);
  });

  it("stops at a loss that is not finite and keeps the state before it", async () => {
    for (const value of [NaN, Infinity]) {
      const { options, saved } = counting({ lossAt: (step) => (step === 5 ? value : 1) });
      const run = runSteps(options);
      await expect(run).rejects.toThrow(NonFiniteError);
      await expect(run).rejects.toThrow(/loss is not finite at step 6; the state before it is saved/);
      expect(saved).toMatchObject([{ total: 10, position: { step: 5 }, complete: false }]);
    }
  });

  it("does not save a state that was broken before the loss showed it", async () => {
    const { options, saved } = counting({ state: counter(NaN), lossAt: () => NaN });
    await expect(runSteps(options)).rejects.toThrow(/total was not finite before it/);
    expect(saved).toEqual([]);
  });

  it("does not save a state that an update has broken while its loss was finite", async () => {
    const breaking: Partial<LoopOptions<Counter, number>> = {
      run: async (state, step) => ({
        state: counter(step < 5 ? state.total.data[0] + step : NaN),
        measures: { loss: hostArray([1], []) },
      }),
    };
    for (const [steps, at] of [
      [6, [3]],
      [9, [3]],
    ] as const) {
      const { options, saved } = counting({ ...breaking, steps, checkpointEverySteps: 3 });
      await expect(runSteps(options)).rejects.toThrow(
        /total is not finite after step 6; the state saved earlier is kept/,
      );
      expect(saved.map(({ position }) => position.step)).toEqual(at);
    }
  });

  it("says that every rank has stopped at a broken state only where the steps, not a clock, made it look", async () => {
    const breaking = { run: async () => ({ state: counter(NaN), measures: { loss: hostArray([1], []) } }) };
    const ended = (due: object) => runSteps(counting({ ...breaking, ...due }).options).catch((error: unknown) => error);
    const [bySteps, byClock] = [await ended({ checkpointEverySteps: 1 }), await ended({ checkpointEveryMinutes: 0 })];
    for (const error of [bySteps, byClock]) expect(error).toBeInstanceOf(NonFiniteError);
    expect([bySteps, byClock].map(isOnEveryRank)).toEqual([true, false]);
  });

  it("saves once where a checkpoint is due in the step in which it is told to stop", async () => {
    const stop = new AbortController();
    const { options, saved } = counting({
      signal: stop.signal,
      checkpointEverySteps: 4,
      draw: (step) => {
        if (step === 3) stop.abort();
        return step;
      },
    });
    await runSteps(options);
    expect(saved.map(({ position }) => position.step)).toEqual([4]);
  });

  it("does not replace the state from which it is resumed where it is told to stop at once", async () => {
    const stopped = { signal: AbortSignal.abort() };
    const { options, saved } = counting({ ...stopped, position: { step: 4, seconds: 1 } });
    expect(await runSteps(options)).toMatchObject({ complete: false, position: { step: 4 } });
    expect(saved).toEqual([]);
    const fresh = counting(stopped);
    await runSteps(fresh.options);
    expect(fresh.saved).toHaveLength(1);
  });

  it("saves and ends, incomplete, when it is told to stop", async () => {
    const stop = new AbortController();
    const { options, saved } = counting({
      signal: stop.signal,
      draw: (step) => {
        if (step === 3) stop.abort();
        return step;
      },
    });
    expect(await runSteps(options)).toMatchObject({ complete: false, position: { step: 4 } });
    expect(saved).toMatchObject([{ total: 6, complete: false }]);
  });
});
