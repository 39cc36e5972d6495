import { describe, expect, it } from "vitest";
import { hostArray } from "../array/index.js";
import { DistributedError, InputError } from "../errors.js";
import { onRanks } from "../../test/support/ranks-in-memory.js";
import { agree, fromRankZero, isOnEveryRank, onAllOrNone } from "./index.js";

const outcomes = <T>(size: number, work: Parameters<typeof onRanks<T>>[1]) =>
  onRanks(size, (communicator) => work(communicator).catch((error: unknown) => error as Error));

describe("onAllOrNone", () => {
  it("gives each rank its own value if all have one", async () => {
    expect(await onRanks(3, (ranks) => onAllOrNone(ranks, async () => ranks.rank * 2))).toEqual([0, 2, 4]);
  });

  it("throws the first failing rank's error on every rank, of the same class", async () => {
    const errors = await outcomes(4, (ranks) =>
      onAllOrNone(ranks, async () => {
        if (ranks.rank === 1) throw new InputError("é".repeat(2) + "x".repeat(2000));
        if (ranks.rank > 1) throw new Error("later");
      }),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(InputError);
      expect((error as Error).message).toMatch(/^ééx{200}/);
      expect(isOnEveryRank(error)).toBe(true);
    }
  });
});

describe("fromRankZero", () => {
  it("gives every rank the value of rank 0, host arrays of both kinds included", async () => {
    const array = hostArray([0.5, -0, 3], [3]);
    const value = { a: [{ weight: array, again: array }], b: hostArray(Int32Array.of(1, -7), [2, 1]), c: "é", d: true };
    const given = await onRanks(3, ({ rank, ...ranks }) =>
      fromRankZero({ rank, ...ranks }, async () => (rank === 0 ? value : Promise.reject(new Error("not asked")))),
    );
    for (const one of given) expect(one).toEqual(value);
  });

  it("gives nothing as nothing", async () => {
    expect(await onRanks(2, (ranks) => fromRankZero(ranks, async () => undefined))).toEqual([undefined, undefined]);
  });

  it("fails on every rank", async () => {
    const errors = await outcomes(2, (ranks) =>
      fromRankZero(ranks, async () => Promise.reject(new InputError("no such file"))),
    );
    for (const error of errors) expect(error).toEqual(new InputError("no such file"));
  });
});

describe("agree", () => {
  it("stops every rank if one is to stop, at the seconds of rank 0", async () => {
    const agreed = await onRanks(3, (ranks) =>
      agree(ranks, { stop: ranks.rank === 2, seconds: 0.1 + ranks.rank, checksum: 5 }),
    );
    for (const standing of agreed) expect(standing).toEqual({ stop: true, seconds: 0.1, checksum: 5 });
    const going = await onRanks(2, (ranks) => agree(ranks, { stop: false, seconds: 7 }));
    for (const { stop } of going) expect(stop).toBe(false);
  });

  it("names the rank whose parameters differ", async () => {
    const errors = await outcomes(3, (ranks) =>
      agree(ranks, { stop: false, seconds: 0, checksum: ranks.rank === 1 ? 4 : 5 }),
    );
    for (const error of errors) {
      expect(error).toBeInstanceOf(DistributedError);
      expect((error as Error).message).toMatch(/parameters of rank 1 /);
      expect(isOnEveryRank(error)).toBe(true);
    }
  });
});
