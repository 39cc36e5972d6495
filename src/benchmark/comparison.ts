import { guidedMethods } from "../baselines/index.js";
import { type Cell } from "./cell.js";

/** The rows that are compared with the rest. */
const own = { method: "vfm-1", alone: "adapter-alone-1", conditional: "conditional-flow" } as const;
type Compared = "crps" | "labelAgreement" | "coverage90";

/** A figure of the one-step Variational Flow Map beside those of its rivals; null where there is none. */
export interface ComparedFigure {
  vfm: number | null;
  /** The best of the guided samplers on this problem, whichever it is. */
  guided: { method: string; value: number } | null;
  adapterAlone: number | null;
  conditional: number | null;
}

/** How the one-step Variational Flow Map stands on one problem. */
export interface Comparison extends Record<Compared, ComparedFigure> {
  dataset: string;
  problem: string;
  /** Evaluations and seconds a sample of the guided sampler that takes the fewest, as a multiple of the model's own. */
  timesFewerEvaluations: number;
  timesFaster: number;
}

/** Sets the one-step Variational Flow Map beside its rivals, a line a problem; problems without guided samplers are left out. */
export function compareWithRivals(cells: readonly Cell[]): Comparison[] {
  const names = new Set(guidedMethods.map(({ name }) => name));
  return cells
    .filter(({ method }) => method === own.method)
    .flatMap((cell) => {
      const rivals = cells.filter(({ dataset, problem }) => dataset === cell.dataset && problem === cell.problem);
      const guided = rivals.filter(({ method }) => names.has(method));
      if (guided.length === 0) return [];
      const figure = (name: Compared): ComparedFigure => {
        const valueOf = (method: string): number | null =>
          rivals.find((rival) => rival.method === method)?.[name] ?? null;
        const values = guided.flatMap(({ method, [name]: value }) => (value === null ? [] : [{ method, value }]));
        return {
          vfm: cell[name],
          guided: values.sort((a, b) => loss[name](a.value) - loss[name](b.value))[0] ?? null,
          adapterAlone: valueOf(own.alone),
          conditional: valueOf(own.conditional),
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

const loss = {
  crps: (value: number) => value,
  labelAgreement: (value: number) => -value,
  coverage90: (value: number) => Math.abs(value - 0.9),
};

/** The comparison as a table of texts: in each column the model's own figure, then the rival's. */
export function comparisonTable(comparisons: readonly Comparison[]): { head: string[]; rows: string[][] } {
  const text = (value: number | null, digits: number): string => (value === null ? "–" : value.toFixed(digits));
  const columns = (figure: ComparedFigure, digits: number): string[] => [
    text(figure.vfm, digits),
    figure.guided === null ? "–" : `${text(figure.guided.value, digits)} (${figure.guided.method})`,
    text(figure.adapterAlone, digits),
    text(figure.conditional, digits),
  ];
  const titles = (name: string): string[] => [name, "best guided", "adapter alone", "conditional"];
  return {
    head: ["problem", ...["CRPS", "Label", "90 % coverage"].flatMap(titles), "fewer evaluations", "faster"],
    rows: comparisons.map((comparison) => [
      `${comparison.dataset}, ${comparison.problem}`,
      ...columns(comparison.crps, 4),
      ...columns(comparison.labelAgreement, 3),
      ...columns(comparison.coverage90, 3),
      `${comparison.timesFewerEvaluations.toFixed(0)} x`,
      `${comparison.timesFaster.toFixed(1)} x`,
    ]),
  };
}
