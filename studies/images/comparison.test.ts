import { describe, expect, it } from "vitest";
import { benchmarkCell as cell, sharedWith } from "../../test/support/benchmark-cells.js";
import { compareWithBaselines, comparisonTable, savingsTable } from "./comparison.js";
import { comparisonMarkdown } from "./markdown.js";

const vfm = cell("vfm-1", { crps: 0.2, secondsPerSample: 0.0002, coverage90: 0.5, labelAgreement: 0.97 });
const cells = [
  sharedWith(vfm, { crps: 0.1, coverage90: 0.88 }),
  cell("adapter-alone-1", { crps: 0.12 }),
  cell("conditional-score", { crps: 0.08 }),
  cell("dps", { crps: 0.11, coverage90: 0.5, labelAgreement: 0.9, evaluations: 100, secondsPerSample: 0.008 }),
  cell("ot-ode", { crps: 0.09, coverage90: 0.94, labelAgreement: 0.8, evaluations: 50, secondsPerSample: 0.005 }),
  cell("dps", { problem: "inpaint-box", crps: 0.01 }),
];
const none = {
  adapterAlone: null,
  conditional: null,
  conditionalMeanFlow: null,
  conditionalScore: null,
  conditionalScoreUpdated: null,
};

describe("compareWithBaselines", () => {
  it("takes the best guided sampler of each figure on the same problem and images, and the cheapest of each cost", () => {
    const [comparison, ...others] = compareWithBaselines(cells);
    expect(others).toEqual([]);
    expect(comparison).toEqual({
      dataset: "mnist",
      problem: "denoise",
      crps: {
        ...none,
        vfm: 0.1,
        guided: { method: "ot-ode", value: 0.09 },
        adapterAlone: 0.12,
        conditionalScore: 0.08,
      },
      labelAgreement: { ...none, vfm: 0.97, guided: { method: "dps", value: 0.9 } },
      coverage90: {
        ...none,
        vfm: 0.88,
        guided: { method: "ot-ode", value: 0.94 },
        adapterAlone: 0.9,
        conditionalScore: 0.9,
      },
      timesFewerEvaluations: 50,
      timesFaster: 25,
    });
  });

  it("leaves out problems without guided samplers", () => {
    expect(compareWithBaselines(cells.slice(0, 2))).toEqual([]);
  });
});

describe("the comparison's tables", () => {
  it("have a column for each method that was run, and a dash where it was not", () => {
    const boxes = [cell("vfm-1", { problem: "inpaint-box", crps: 0.02 })];
    const comparisons = compareWithBaselines([...cells, ...boxes]);
    const { head, rows } = comparisonTable(comparisons, "crps");
    expect(head).toEqual(["problem", "VFM", "best guided", "adapter alone", "one-step score"]);
    expect(rows).toEqual([
      ["mnist, denoise", "0.1000", "0.0900 (ot-ode)", "0.1200", "0.0800"],
      ["mnist, inpaint-box", "0.0200", "0.0100 (dps)", "–", "–"],
    ]);
  });

  it("have the savings", () => {
    const comparisons = compareWithBaselines(cells);
    expect(savingsTable(comparisons).rows).toEqual([["mnist, denoise", "50 x", "25.0 x"]]);
  });

  it("become Markdown, with the best value of a row in bold", () => {
    const lines = comparisonMarkdown({ comparisons: compareWithBaselines(cells), cells, unseen: [] }).split("\n");
    expect(lines).toContain("### mnist");
    expect(lines).toContain("| denoise | 0.1000 | 0.0900 (ot-ode) | 0.1200 | **0.0800** |");
    expect(lines).toContain("| denoise | **0.970** | 0.900 (dps) |");
    // The nearest to 0.9 is the best coverage, not the greatest.
    expect(lines).toContain("| denoise | 0.880 | 0.940 (ot-ode) | **0.900** | 0.900 |");
    expect(lines).toContain("| problem | vfm-1 | dps | ot-ode | flow-dps | pnp-flow | d-flow |");
    expect(lines).toContain("| denoise | 0.1000 | 0.1100 | 0.0900 | – | – | – |");
    expect(lines).toContain("| denoise | 50 x | 25.0 x |");
  });

  it("have the problems that no network was trained on", () => {
    const problem = "larger-box";
    const unseen = [
      cell("vfm-1", { problem, crps: 0.3, misfit: 1.1 }),
      cell("dps-on-vfm", { problem, crps: 0.2, misfit: 0.8 }),
      cell("vfm-1", { problem: "few-pixels", crps: 0.1, misfit: 1 }),
    ];
    const lines = comparisonMarkdown({ comparisons: [], cells: [], unseen }).split("\n");
    expect(lines).toContain("| problem | vfm-1 | dps-on-vfm |");
    expect(lines).toContain("| mnist, larger-box | 0.3000 | **0.2000** |");
    expect(lines).toContain("| mnist, few-pixels | **0.1000** | – |");
    expect(lines).toContain("| mnist, larger-box | 1.10 | 0.80 |");
  });
});
