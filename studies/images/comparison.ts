import { type Cell } from "./cell.js";
import { isGuided, leastBy, roles, sharedFigures } from "./roles.js";

/** The figures that are compared. */
export type Compared = "crps" | "labelAgreement" | "coverage90";

/** A figure of the one-step Variational Flow Map beside those of its baselines; null if a baseline has none. */
export interface ComparedFigure {
  vfm: number | null;
  /** The best of the guided samplers on this problem. */
  guided: { method: string; value: number } | null;
  adapterAlone: number | null;
  /** The conditional flow with many steps. */
  conditional: number | null;
  /** The conditional flow maps with one step: trained by MeanFlow, and by the score alone. */
  conditionalMeanFlow: number | null;
  conditionalScore: number | null;
  /** The latter with an update on the observation. */
  conditionalScoreUpdated: number | null;
}

/** The comparison of the one-step Variational Flow Map on one problem, on the images on which all methods are run. */
export interface Comparison extends Record<Compared, ComparedFigure> {
  dataset: string;
  problem: string;
  /** Evaluations and seconds for each sample of the cheapest guided sampler, as a multiple of the model's own. */
  timesFewerEvaluations: number;
  timesFaster: number;
}

/**
 * Compares the one-step Variational Flow Map with its baselines, with one line for each problem; problems without
 * guided samplers are left out.
 */
export function compareWithBaselines(cells: readonly Cell[]): Comparison[] {
  return cells
    .filter(({ method }) => method === roles.vfm)
    .flatMap((cell) => {
      const others = cells.filter(({ dataset, problem }) => dataset === cell.dataset && problem === cell.problem);
      const guided = others.filter(isGuided);
      if (guided.length === 0) return [];
      const figure = (name: Compared): ComparedFigure => {
        const valueOf = (of: Cell): number | null => sharedFigures(of)[name];
        const ofMethod = (method: string): number | null => {
          const other = others.find((candidate) => candidate.method === method);
          return other === undefined ? null : valueOf(other);
        };
        const values = guided.flatMap((other) => {
          const value = valueOf(other);
          return value === null ? [] : [{ method: other.method, value }];
        });
        return {
          vfm: valueOf(cell),
          guided: leastBy(values, ({ value }) => lossOf[name](value)) ?? null,
          adapterAlone: ofMethod(roles.adapterAlone),
          conditional: ofMethod(roles.conditionalFlow),
          conditionalMeanFlow: ofMethod(roles.conditionalMeanFlow),
          conditionalScore: ofMethod(roles.conditionalScore),
          conditionalScoreUpdated: ofMethod(roles.conditionalScoreUpdated),
        };
      };
      return {
        dataset: cell.dataset,
        problem: cell.problem,
        crps: figure("crps"),
        labelAgreement: figure("labelAgreement"),
        coverage90: figure("coverage90"),
        timesFewerEvaluations: Math.min(...guided.map(({ evaluations }) => evaluations)) / cell.evaluations,
        timesFaster: Math.min(...guided.map(({ secondsPerSample }) => secondsPerSample)) / cell.secondsPerSample,
      };
    });
}

/** What is least where a figure is best. */
export const lossOf = {
  crps: (value: number) => value,
  labelAgreement: (value: number) => -value,
  coverage90: (value: number) => Math.abs(value - 0.9),
};

/** A table of texts. */
export interface TextTable {
  head: string[];
  rows: string[][];
}

/** A column of the comparison: its title, and its figure in a row; null if the method was not run there. */
export interface ComparedColumn {
  title: string;
  valueOf(figure: ComparedFigure): number | null;
  /** What follows the figure, e.g. the name of the method that is the best. */
  noteOf?(figure: ComparedFigure): string;
}

const columns: readonly ComparedColumn[] = [
  { title: "VFM", valueOf: ({ vfm }) => vfm },
  {
    title: "best guided",
    valueOf: ({ guided }) => guided?.value ?? null,
    noteOf: ({ guided }) => ` (${guided?.method})`,
  },
  { title: "adapter alone", valueOf: ({ adapterAlone }) => adapterAlone },
  { title: "conditional flow", valueOf: ({ conditional }) => conditional },
  { title: "one-step MeanFlow", valueOf: ({ conditionalMeanFlow }) => conditionalMeanFlow },
  { title: "one-step score", valueOf: ({ conditionalScore }) => conditionalScore },
  { title: "one-step score, updated", valueOf: ({ conditionalScoreUpdated }) => conditionalScoreUpdated },
];

/** The columns of one figure, without those of methods that were run on none of the problems. */
export function comparedColumns(comparisons: readonly Comparison[], name: Compared): ComparedColumn[] {
  return columns.filter(({ valueOf }) => comparisons.some(({ [name]: figure }) => valueOf(figure) !== null));
}

/** One figure of the comparison as a table of texts: the model's own figure, then those of its baselines. */
export function comparisonTable(comparisons: readonly Comparison[], name: Compared): TextTable {
  const shown = comparedColumns(comparisons, name);
  const digits = name === "crps" ? 4 : 3;
  return {
    head: ["problem", ...shown.map(({ title }) => title)],
    rows: comparisons.map(({ dataset, problem, [name]: figure }) => [
      `${dataset}, ${problem}`,
      ...shown.map(({ valueOf, noteOf }) => {
        const value = valueOf(figure);
        return value === null ? "–" : `${value.toFixed(digits)}${noteOf?.(figure) ?? ""}`;
      }),
    ]),
  };
}

/** The savings of the model against the cheapest guided sampler, as a table of texts. */
export function savingsTable(comparisons: readonly Comparison[]): TextTable {
  return {
    head: ["problem", "fewer evaluations", "faster"],
    rows: comparisons.map(({ dataset, problem, timesFewerEvaluations, timesFaster }) => [
      `${dataset}, ${problem}`,
      `${timesFewerEvaluations.toFixed(0)} x`,
      `${timesFaster.toFixed(1)} x`,
    ]),
  };
}
