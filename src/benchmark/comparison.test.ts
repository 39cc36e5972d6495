import { describe, expect, it } from "vitest";
import { type Cell } from "./cell.js";
import { compareWithRivals, comparisonTable } from "./comparison.js";

function cell(method: string, figures: Partial<Cell>): Cell {
  const rest: Cell = {
    dataset: "mnist",
    problem: "denoise",
    method,
    settings: {},
    images: 2,
    samples: 2,
    seed: 0,
    evaluations: 1,
    secondsPerSample: 0.001,
    crps: 0.1,
    energy: 1,
    mmd: null,
    mmdImages: 0,
    coverage90: 0.9,
    psnrSample: null,
    psnrMean: null,
    ssimSample: 0,
    ssimMean: 0,
    frechet: 0,
    precision: 0,
    recall: 0,
    featureDistance: 0,
    labelAgreement: null,
    misfit: 1,
    intervals: {},
  };
  return { ...rest, ...figures };
}

const cells = [
  cell("vfm-1", { secondsPerSample: 0.0002, coverage90: 0.88, labelAgreement: 0.97 }),
  cell("adapter-alone-1", { crps: 0.12 }),
  cell("dps", { crps: 0.11, coverage90: 0.5, labelAgreement: 0.9, evaluations: 100, secondsPerSample: 0.008 }),
  cell("ot-ode", { crps: 0.09, coverage90: 0.94, labelAgreement: 0.8, evaluations: 50, secondsPerSample: 0.005 }),
  cell("dps", { problem: "inpaint-box", crps: 0.01 }),
];

describe("compareWithRivals", () => {
  it("takes the best guided sampler of each figure on the same problem, and the cheapest of each cost", () => {
    const [comparison, ...others] = compareWithRivals(cells);
    expect(others).toEqual([]);
    expect(comparison).toEqual({
      dataset: "mnist",
      problem: "denoise",
      crps: { vfm: 0.1, guided: { method: "ot-ode", value: 0.09 }, adapterAlone: 0.12, conditional: null },
      labelAgreement: { vfm: 0.97, guided: { method: "dps", value: 0.9 }, adapterAlone: null, conditional: null },
      coverage90: { vfm: 0.88, guided: { method: "ot-ode", value: 0.94 }, adapterAlone: 0.9, conditional: null },
      timesFewerEvaluations: 50,
      timesFaster: 25,
    });
  });

  it("leaves out problems without guided samplers", () => {
    expect(compareWithRivals(cells.slice(0, 2))).toEqual([]);
  });
});

describe("comparisonTable", () => {
  it("has a text for each title, and a dash where there is no figure", () => {
    const { head, rows } = comparisonTable(compareWithRivals(cells));
    expect(rows[0]).toHaveLength(head.length);
    expect(rows[0].slice(0, 5)).toEqual(["mnist, denoise", "0.1000", "0.0900 (ot-ode)", "0.1200", "–"]);
    expect(rows[0].slice(-2)).toEqual(["50 x", "25.0 x"]);
  });
});
