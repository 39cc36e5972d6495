import { type FigureColumn, figuresTable, type FiguresTable } from "../../src/report/index.js";
import { type Cell } from "./cell.js";
import { sharedFigures } from "./roles.js";

/** One column of a table of methods. */
interface Column {
  name: keyof Cell;
  title: string;
  best: NonNullable<FigureColumn<Cell>["best"]>;
  digits: number;
}

const definitions: readonly Column[] = [
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

const columns = definitions.map(({ name, title, best, digits }): FigureColumn<Cell> => ({
  title,
  best,
  value: (cell) => {
    const value = cell[name];
    return typeof value === "number" ? (name === "secondsPerSample" ? 1000 * value : value) : undefined;
  },
  text: (value, { intervals }) => {
    const interval = intervals[name];
    const range = interval && ` [${interval.map((end) => end.toFixed(digits)).join(", ")}]`;
    return `${value.toFixed(digits)}${range ?? ""}`;
  },
}));

/** The methods on one problem, one line for each. */
export interface ProblemTable extends FiguresTable {
  dataset: string;
  problem: string;
}

/**
 * One table for each problem, on the images on which all methods are run. The best figure of each column is marked, by
 * value alone; intervals follow the values.
 */
export function cellTables(cells: readonly Cell[]): ProblemTable[] {
  const keys = [...new Set(cells.map(({ dataset, problem }) => `${dataset}\n${problem}`))];
  return keys.map((key) => {
    const [dataset, problem] = key.split("\n");
    const own = cells
      .filter((cell) => cell.dataset === dataset && cell.problem === problem)
      .map((cell): Cell => ({ ...cell, ...sharedFigures(cell) }));
    return { dataset, problem, ...figuresTable(own, { title: "method", text: ({ method }) => method }, columns) };
  });
}
