import { describe, expect, it } from "vitest";
import { benchmarkCell as cell, sharedWith } from "../../test/support/benchmark-cells.js";
import { type Difference } from "../../src/evaluate/differences.js";
import { judgeResults, verdictTable } from "./judgement.js";

const cells = [
  sharedWith(
    cell("vfm-1", { crps: 0.1, labelAgreement: 0.9, coverage90: 0.88, misfit: 1.31, secondsPerSample: 1e-4 }),
    {
      crps: 0.105,
      labelAgreement: 0.946,
    },
  ),
  cell("adapter-alone-1", { crps: 0.11 }),
  cell("conditional-mean-flow", { crps: 0.1 }),
  cell("conditional-score", { crps: 0.12 }),
  cell("vfm-1-networks", { crps: 0.1 }),
  cell("conditional-score-updated", { crps: 0.1 }),
  // Samplers with many steps are not part of the claim about one-step networks.
  cell("conditional-flow", { crps: 0.01 }),
  cell("dps", { images: 1, crps: 0.104, labelAgreement: 0.95, evaluations: 49, secondsPerSample: 3e-3 }),
  cell("d-flow", { images: 1, crps: 0.2, labelAgreement: 0.94, evaluations: 100, secondsPerSample: 2e-3 }),
];
const second = cells.map((of) => ({ ...of, problem: "inpaint-box" }));
second[0] = cell("vfm-1", {
  problem: "inpaint-box",
  crps: 0.1001,
  labelAgreement: 0.9449,
  coverage90: 0.931,
  evaluations: 2,
  secondsPerSample: 1.1e-4,
});
const difference: Difference = {
  dataset: "mnist",
  problem: "denoise",
  method: "adapter-alone-1",
  against: "vfm-1",
  images: 2,
  crps: [0.01, 0.008, 0.012],
  energy: [0, 0, 0],
  coverage90: null,
  misfit: [0, 0, 0],
  labelAgreement: null,
};
const prior = (dataset: string, before: number | null, after: number) => ({
  dataset,
  samples: 100,
  seed: 0,
  before,
  after,
  ratio: before === null ? null : after / before,
});
const verdicts = judgeResults({
  cells: [...cells, ...second],
  differences: [difference],
  prior: [prior("mnist", 100, 115), prior("cifar10", 100, 116), prior("other", null, 5)],
});
const verdictOf = (claim: string) => {
  const found = verdicts.find((verdict) => verdict.claim === claim);
  if (found === undefined) throw new Error(`there is no claim ${claim}`);
  return found;
};
const holds = (claim: string): boolean[] => verdictOf(claim).rows.map((row) => row.holds);

describe("the judgement", () => {
  it("counts on how many problems each claim holds", () => {
    expect(holds("crps-below-adapter-alone")).toEqual([true, true]);
    // Comparisons with guided samplers use the figures on the images that all methods share: .105 and not .100.
    expect(holds("crps-below-best-guided")).toEqual([false, true]);
    // An equal figure is not above.
    expect(holds("crps-not-above-one-step-conditional")).toEqual([true, false]);
    expect(holds("networks-not-above-one-step-conditional")).toEqual([true, true]);
    expect(holds("crps-not-above-updated-conditional")).toEqual([true, false]);
    expect(holds("label-agreement")).toEqual([true, false]);
    expect(holds("coverage")).toEqual([true, false]);
    expect(holds("misfit")).toEqual([false, true]);
    expect(holds("fewer-evaluations")).toEqual([false, false]);
    expect(holds("faster")).toEqual([true, false]);
    expect(holds("prior")).toEqual([true, false]);
    for (const { holds: count, of, rows } of verdicts) {
      expect(count).toBe(rows.filter((row) => row.holds).length);
      expect(of).toBe(2);
    }
  });

  it("compares methods of different sizes on the images that all share, whichever they are", () => {
    const few = cells.map((of) =>
      of.method.startsWith("vfm") || of.method === "dps" ? of : { ...of, images: 1, crps: 0.104 },
    );
    const judged = judgeResults({ cells: few, differences: [], prior: [] });
    for (const claim of ["crps-below-adapter-alone", "crps-not-above-one-step-conditional"])
      expect(judged.find((verdict) => verdict.claim === claim)?.rows[0]).toMatchObject({ value: 0.105, holds: false });
  });

  it("names what it compared with, and the difference's interval where there is one", () => {
    const [row, other] = verdictOf("crps-below-adapter-alone").rows;
    expect(row).toEqual({
      dataset: "mnist",
      problem: "denoise",
      value: 0.1,
      against: "adapter-alone-1",
      other: 0.11,
      difference: [-0.01, -0.012, -0.008],
      holds: true,
    });
    expect(other.difference).toBeNull();
    expect(verdictOf("crps-below-best-guided").rows[0]).toMatchObject({ value: 0.105, against: "dps", other: 0.104 });
    expect(verdictOf("label-agreement").rows[0]).toMatchObject({ value: 0.946, against: "dps", other: 0.95 });
  });

  it("meets a claim only with as many problems as it wants, of each data set too", () => {
    expect(verdicts.every(({ met }) => !met)).toBe(true);
    const all = Array.from({ length: 13 }, (_, i) => i).flatMap((i) =>
      [cell("vfm-1", {}), cell("dps", { crps: 0.2 })].map((of) => ({
        ...of,
        dataset: ["mnist", "fashion-mnist", "cifar10"][i < 5 ? 0 : i < 10 ? 1 : 2],
        problem: String(i),
      })),
    );
    const guided = (of: typeof all) =>
      judgeResults({ cells: of, differences: [], prior: [] }).find(({ claim }) => claim === "crps-below-best-guided");
    // Thirteen in total, but three of them for CIFAR-10, where the claim requires four.
    expect(guided(all)).toMatchObject({ holds: 13, wanted: 13, met: false });
    const moved = all.map((of) => (of.problem === "9" ? { ...of, dataset: "cifar10" } : of));
    expect(guided(moved)).toMatchObject({
      met: true,
      byDataset: { mnist: { holds: 5, of: 5, wanted: 5 }, cifar10: { holds: 4, of: 4, wanted: 4 } },
    });
  });

  it("says nothing where there is nothing to compare with", () => {
    const alone = judgeResults({ cells: [cells[0]], differences: [], prior: [] });
    expect(alone.filter(({ of }) => of > 0).map(({ claim }) => claim)).toEqual(["coverage", "misfit"]);
  });

  it("is a table with a line a claim", () => {
    const { head, rows } = verdictTable(verdicts);
    expect(rows).toHaveLength(verdicts.length);
    for (const row of rows) expect(row).toHaveLength(head.length);
    const lineOf = (claim: string): Record<string, string> => {
      const row = rows[verdicts.findIndex((verdict) => verdict.claim === claim)];
      return Object.fromEntries(head.map((name, i) => [name, row[i]]));
    };
    expect(lineOf("coverage")).toEqual({
      claim: "90 % intervals cover .87 to .93",
      "holds on": "1",
      of: "2",
      required: "18",
      met: "no",
      "by data set": "",
    });
    // Of the three data sets in which the claim wants problems, these results have one.
    expect(lineOf("crps-below-best-guided")).toMatchObject({
      "holds on": "1",
      of: "2",
      required: "13",
      met: "no",
      "by data set": "mnist 1 of 2 (5), fashion-mnist 0 of 0 (4), cifar10 0 of 0 (4)",
    });
    const reached = verdicts.map((verdict) => ({ ...verdict, holds: 18, of: 18, met: true }));
    expect(verdictTable(reached).rows[0].slice(1, 5)).toEqual(["18", "18", String(verdicts[0].wanted), "yes"]);
  });
});
