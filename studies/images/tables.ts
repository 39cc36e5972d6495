import { type Cell } from "./cell.js";
import { sharedFigures } from "./roles.js";

/** One column of a table of methods. */
interface Column {
  name: keyof Cell;
  title: string;
  /** Which figure is best: the least, the greatest, or the nearest to a number. */
  best: "least" | "greatest" | number;
  digits: number;
}

const columns: readonly Column[] = [
  { name: "crps", title: "CRPS", best: "least", digits: 4 },
  { name: "energy", title: "Energy", best: "least", digits: 3 },
  { name: "mmd", title: "MMD² to chain", best: "least", digits: 3 },
  { name: "coverage90", title: "90 % coverage", best: 0.9, digits: 3 },
  { name: "misfit", title: "Misfit", best: 1, digits: 2 },
  { name: "labelAgreement", title: "Label", best: "greatest", digits: 3 },
  { name: "psnrSample", title: "PSNR, sample", best: "greatest", digits: 1 },
  { name: "psnrMean", title: "PSNR, mean", best: "greatest", digits: 1 },
  { name: "ssimMean", title: "SSIM, mean", best: "greatest", digits: 3 },
  { name: "frechet", title: "Fréchet", best: "least", digits: 1 },
  { name: "precision", title: "Precision", best: "greatest", digits: 3 },
  { name: "recall", title: "Recall", best: "greatest", digits: 3 },
  { name: "featureDistance", title: "Feature distance", best: "least", digits: 3 },
  { name: "evaluations", title: "Evaluations", best: "least", digits: 0 },
  { name: "secondsPerSample", title: "ms a sample", best: "least", digits: 2 },
];

/** One figure of a table. */
export interface TableCell {
  text: string;
  best: boolean;
}

/** The methods on one problem, a line each. */
export interface ProblemTable {
  dataset: string;
  problem: string;
  head: string[];
  rows: TableCell[][];
}

/**
 * A table a problem, on the images that all methods are run on: the best figure of each column is marked, by value alone;
 * intervals stand behind the values.
 */
export function cellTables(cells: readonly Cell[]): ProblemTable[] {
  const keys = [...new Set(cells.map(({ dataset, problem }) => `${dataset}\n${problem}`))];
  return keys.map((key) => {
    const [dataset, problem] = key.split("\n");
    const own = cells
      .filter((cell) => cell.dataset === dataset && cell.problem === problem)
      .map((cell): Cell => ({ ...cell, ...sharedFigures(cell) }));
    const shown = columns.filter((column) => own.some((cell) => valueOf(cell, column) !== undefined));
    const best = shown.map((column) => bestOf(own, column));
    return {
      dataset,
      problem,
      head: ["method", ...shown.map(({ title }) => title)],
      rows: own.map((cell) => [
        { text: cell.method, best: false },
        ...shown.map((column, i) => ({ text: textOf(cell, column), best: valueOf(cell, column) === best[i] })),
      ]),
    };
  });
}

function valueOf(cell: Cell, { name }: Column): number | undefined {
  const value = cell[name];
  return typeof value === "number" ? (name === "secondsPerSample" ? 1000 * value : value) : undefined;
}

function bestOf(cells: readonly Cell[], column: Column): number | undefined {
  const values = cells.flatMap((cell) => valueOf(cell, column) ?? []);
  const distance = (value: number): number => {
    if (column.best === "least") return value;
    return column.best === "greatest" ? -value : Math.abs(value - column.best);
  };
  return values.sort((a, b) => distance(a) - distance(b))[0];
}

function textOf(cell: Cell, column: Column): string {
  const value = valueOf(cell, column);
  if (value === undefined) return "–";
  const interval = cell.intervals[column.name];
  const range = interval && ` [${interval.map((end) => end.toFixed(column.digits)).join(", ")}]`;
  return `${value.toFixed(column.digits)}${range ?? ""}`;
}
