import { describe, expect, it } from "vitest";
import { randomSource } from "../array/index.js";
import { onRanks } from "../../test/support/ranks-in-memory.js";
import { type Communicator, orderedMean, singleProcess } from "./index.js";

const [count, length] = [7, 11];
const vectors = Array.from({ length: count }, (_, p) => randomSource(3, p).normalArray([length]).data as Float32Array);

const meanOf = async (communicator: Communicator) => {
  const { own, add, finish, mean } = orderedMean(communicator, { count, length });
  for (const p of own) await add([vectors[p].subarray(0, 4), vectors[p].subarray(4)]);
  const notes = await finish(own.map((p) => [p, -p]));
  return { own, mean: mean.slice(0, length), notes };
};

describe("orderedMean", () => {
  it("is the mean, and says what each vector is noted with", async () => {
    const { mean, notes, own } = await meanOf(singleProcess);
    expect(own).toEqual([0, 1, 2, 3, 4, 5, 6]);
    mean.forEach((value, i) => expect(value).toBeCloseTo(vectors.reduce((sum, v) => sum + v[i], 0) / count, 6));
    expect(notes.map((note) => [...note])).toEqual(own.map((p) => [p, -p]));
  });

  it.each([2, 3, 4, 7])("has the same bits on %i ranks", async (size) => {
    const expected = await meanOf(singleProcess);
    const results = await onRanks(size, meanOf);
    for (const { mean, notes } of results)
      expect({ mean, notes }).toEqual({ mean: expected.mean, notes: expected.notes });
    expect(results.flatMap(({ own }) => own).sort()).toEqual(expected.own);
  });
});
