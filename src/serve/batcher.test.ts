import { afterEach, describe, expect, it, vi } from "vitest";
import { batcher } from "./batcher.js";

interface Job {
  key: string;
  rows: number;
  value: number;
}

const never = new AbortController().signal;
const job = (key: string, value: number, rows = 1): Job => ({ key, value, rows });

/** A batcher that squares, and what it ran; each run ends when it is told to. */
function squares(wait: number) {
  const runs: number[][] = [];
  const ends: (() => void)[] = [];
  const jobs = batcher<Job, number>({
    keyOf: ({ key }) => key,
    rowsOf: ({ rows }) => rows,
    rows: 4,
    wait,
    run: async (batch) => {
      runs.push(batch.map(({ value }) => value));
      await new Promise<void>((resolve) => ends.push(resolve));
      if (batch.some(({ value }) => value < 0)) throw new Error("negative");
      return batch.map(({ value }) => value ** 2);
    },
  });
  const endRun = async (): Promise<void> => {
    while (ends.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    ends.shift()?.();
  };
  return { jobs, runs, endRun };
}

afterEach(() => vi.useRealTimers());

describe("a batcher", () => {
  it("runs jobs of one key together and gives each its own result", async () => {
    const { jobs, runs, endRun } = squares(5);
    vi.useFakeTimers();
    const results = Promise.all([1, 2, 3].map((value) => jobs.submit(job("a", value), never)));
    expect(jobs.size).toBe(3);
    expect(runs).toEqual([]);
    vi.advanceTimersByTime(5);
    vi.useRealTimers();
    await endRun();
    expect(await results).toEqual([1, 4, 9]);
    expect(runs).toEqual([[1, 2, 3]]);
    expect(jobs.size).toBe(0);
  });

  it("runs a full batch at once, two at a time, the first that came first; a large job alone", async () => {
    const { jobs, runs, endRun } = squares(1e6);
    const all = [
      ...[1, 2, 3, 4, 5].map((value) => job("a", value)),
      job("b", 6, 4),
      job("b", 7, 9),
      job("a", 8, 3),
    ].map((one) => jobs.submit(one, never));
    for (let i = 0; i < 4; i++) await endRun();
    expect(await Promise.all(all)).toEqual([1, 4, 9, 16, 25, 36, 49, 64]);
    expect(runs).toEqual([[1, 2, 3, 4], [6], [5, 8], [7]]);
  });

  it("runs the job that came first, though the batches of another key are full and its own is not", async () => {
    const { jobs, runs, endRun } = squares(0);
    const all = [job("a", 1, 4), job("a", 2, 4), job("b", 3), job("a", 4, 4), job("a", 5, 4)].map((one) =>
      jobs.submit(one, never),
    );
    for (let i = 0; i < 5; i++) await endRun();
    await Promise.all(all);
    expect(runs).toEqual([[1], [2], [3], [4], [5]]);
  });

  it("lets a batch that is not full grow while another one runs", async () => {
    const { jobs, runs, endRun } = squares(0);
    const all = [job("a", 1), job("b", 2), job("b", 3)].map((one) => jobs.submit(one, never));
    for (let i = 0; i < 2; i++) await endRun();
    await Promise.all(all);
    expect(runs).toEqual([[1], [2, 3]]);
  });

  it("a failed run fails its own jobs alone", async () => {
    const { jobs, endRun } = squares(0);
    const failing = expect(jobs.submit(job("a", -1), never)).rejects.toThrow("negative");
    const other = jobs.submit(job("b", 2), never);
    await endRun();
    await failing;
    await endRun();
    expect(await other).toBe(4);
  });

  it("does not run a job that was left, and forgets one that was begun", async () => {
    const { jobs, runs, endRun } = squares(0);
    const leaving = new AbortController();
    const gone = new Error("gone");
    const begun = jobs.submit(job("a", 1), leaving.signal);
    while (runs.length === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    const waiting = jobs.submit(job("a", 2), leaving.signal);
    const stays = jobs.submit(job("a", 3), never);
    leaving.abort(gone);
    await expect(begun).rejects.toBe(gone);
    await expect(waiting).rejects.toBe(gone);
    await expect(jobs.submit(job("a", 4), leaving.signal)).rejects.toBe(gone);
    await endRun();
    await endRun();
    expect(await stays).toBe(9);
    expect(runs).toEqual([[1], [3]]);
    expect(jobs.size).toBe(0);
  });
});
