import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { drawChart, type Figure, renderArticle } from "../report/index.js";
import { type Cell } from "./cell.js";
import { compareWithRivals, comparisonTable } from "./comparison.js";
import { partPath } from "./run.js";

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

/** A table a problem: the best figure of each column is marked, by value alone; intervals stand behind the values. */
export function cellTables(cells: readonly Cell[]): ProblemTable[] {
  const keys = [...new Set(cells.map(({ dataset, problem }) => `${dataset}\n${problem}`))];
  return keys.map((key) => {
    const [dataset, problem] = key.split("\n");
    const own = cells.filter((cell) => cell.dataset === dataset && cell.problem === problem);
    const best = columns.map((column) => bestOf(own, column));
    return {
      dataset,
      problem,
      head: ["method", ...columns.map(({ title }) => title)],
      rows: own.map((cell) => [
        { text: cell.method, best: false },
        ...columns.map((column, i) => ({ text: textOf(cell, column), best: valueOf(cell, column) === best[i] })),
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

/** The report: HTML, and the Pareto plots by data set as figures. */
export interface BenchmarkReport {
  html: string;
  figures: Record<string, Figure>;
}

/**
 * Draws the report of a benchmark: a table a problem, a grid of pictures of all methods on the same observations, and the
 * plots of CRPS and Frechet distance against the time a sample.
 *
 * @param folder where the run kept its pictures
 */
export async function benchmarkReport(cells: readonly Cell[], folder: string): Promise<BenchmarkReport> {
  const datasets = [...new Set(cells.map(({ dataset }) => dataset))];
  const figures: Record<string, Figure> = {};
  for (const dataset of datasets) figures[`pareto-${dataset}`] = await paretoPlot(cells, dataset);
  const tables = cellTables(cells);
  const sections = await Promise.all(
    tables.map(async ({ dataset, problem, head, rows }) => ({
      title: `${dataset}: ${problem}`,
      text: "Best of each column in bold, by value alone; in brackets the 95 % bootstrap interval over images.",
      table: { head, rows: rows.map((row) => row.map(({ text, best }) => (best ? { strong: text } : text))) },
      figures: [
        {
          svg: await pictureGrid(
            folder,
            dataset,
            problem,
            rows.map(([method]) => method.text),
          ),
          alternative: `samples of all methods for ${dataset}, ${problem}`,
        },
      ],
    })),
  );
  const [first] = cells;
  const html = renderArticle({
    title: "Image benchmark",
    lead: "Posterior samplers on the same images, observations and prior. Rows that lose are printed as plainly as rows that win.",
    facts: [
      { name: "Images", value: String(Math.max(...cells.map(({ images }) => images))) },
      { name: "Samples", value: String(first.samples) },
      { name: "Seed", value: String(first.seed) },
    ],
    sections: [
      {
        title: "Quality against time",
        text: "CRPS and the Fréchet distance in a classifier's features, mean over the problems, against the time a sample.",
        figures: datasets.map((dataset) => ({
          svg: figures[`pareto-${dataset}`].svg,
          alternative: `CRPS and Fréchet distance against seconds a sample, ${dataset}`,
        })),
      },
      {
        title: "The one-step Variational Flow Map beside its rivals",
        text: "Its own figure, the best guided sampler's (whichever that is), the adapter alone's and the conditional flow's.",
        table: comparisonTable(compareWithRivals(cells)),
      },
      ...sections,
    ],
  });
  return { html, figures };
}

/** CRPS and Frechet distance, mean over the problems, against the seconds a sample. */
async function paretoPlot(cells: readonly Cell[], dataset: string): Promise<Figure> {
  const own = cells.filter((cell) => cell.dataset === dataset);
  const methods = [...new Set(own.map(({ method }) => method))];
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const values = methods.map((method) => {
    const rows = own.filter((cell) => cell.method === method);
    return {
      method,
      seconds: average(rows.map(({ secondsPerSample }) => secondsPerSample)),
      crps: average(rows.map(({ crps }) => crps)),
      frechet: average(rows.map(({ frechet }) => frechet)),
    };
  });
  const panel = (field: "crps" | "frechet", title: string) => ({
    width: 300,
    height: 240,
    mark: { type: "point", filled: true, size: 90 } as const,
    encoding: {
      x: { field: "seconds", type: "quantitative", title: "seconds a sample", scale: { type: "log" } },
      y: { field, type: "quantitative", title, scale: { zero: false } },
      color: { field: "method", type: "nominal", title: null, sort: methods },
      shape: { field: "method", type: "nominal", title: null, sort: methods },
    } as const,
  });
  return drawChart({
    title: dataset,
    data: { values },
    hconcat: [panel("crps", "CRPS"), panel("frechet", "Fréchet distance")],
  });
}

const enlargement = 2;
const labelWidth = 150;

/** The strips of all methods under each other as an SVG, the truths and observations above them. */
async function pictureGrid(
  folder: string,
  dataset: string,
  problem: string,
  methods: readonly string[],
): Promise<string> {
  const rows = [{ label: "truth, A^T y", name: "truth" }, ...methods.map((name) => ({ label: name, name }))];
  const parts: string[] = [];
  let [top, width] = [0, 0];
  for (const { label, name } of rows) {
    const path = partPath(folder, "png", dataset, problem, name);
    if (!existsSync(path)) continue;
    const png = await readFile(path);
    const size = await sharp(png).metadata();
    const [across, down] = [size.width * enlargement, size.height * enlargement];
    parts.push(
      `<text x="0" y="${top + down / 2 + 4}" font-family="sans-serif" font-size="12">${label}</text>`,
      `<image x="${labelWidth}" y="${top}" width="${across}" height="${down}" style="image-rendering:pixelated" href="data:image/png;base64,${png.toString("base64")}"/>`,
    );
    top += down + 4;
    width = Math.max(width, labelWidth + across);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${top}" viewBox="0 0 ${width} ${top}"><rect width="100%" height="100%" fill="white"/>${parts.join("")}</svg>`;
}
