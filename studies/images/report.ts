import { type ArticleSection, drawChart, type Figure, renderArticle } from "../../src/report/index.js";
import { abilitySections } from "./abilities.js";
import { type Cell } from "./cell.js";
import { comparisonTable, savingsTable } from "./comparison.js";
import { verdictTable } from "./judgement.js";
import { partPath } from "./part-path.js";
import { pictureGrid } from "./pictures.js";
import { type JudgedResults } from "./results.js";
import { sharedFigures } from "./roles.js";
import { cellTables, type ProblemTable } from "./tables.js";

/** The report: HTML, and the Pareto plots as figures, by data set. */
export interface BenchmarkReport {
  html: string;
  figures: Record<string, Figure>;
}

/**
 * Renders the report of a benchmark: the judgement, the plots of CRPS and Frechet distance against the time for each
 * sample, the comparison, the model's other abilities, and a table and a grid of pictures for each problem.
 *
 * @param folder the folder with the run's pictures
 */
export async function benchmarkReport(results: JudgedResults, folder: string): Promise<BenchmarkReport> {
  const { cells, judgement, unseen } = results;
  const datasets = [...new Set(cells.map(({ dataset }) => dataset))];
  const figures: Record<string, Figure> = {};
  for (const dataset of datasets) figures[`pareto-${dataset}`] = await paretoPlot(cells, dataset);
  const largest = [...cells, ...unseen].reduce((most, cell) => (cell.images > most.images ? cell : most));
  const html = renderArticle({
    title: "Image benchmark",
    lead: "Posterior samplers on the same images, observations and prior. All results are shown, including those in which the Variational Flow Map is worse.",
    facts: [
      { name: "Images", value: String(largest.images) },
      { name: "Samples", value: String(largest.samples) },
      { name: "Seed", value: String(largest.seed) },
    ],
    sections: [
      {
        title: "The judgement",
        text: "On how many problems each claim about the one-step Variational Flow Map holds; results.json keeps every figure that is counted.",
        table: verdictTable(judgement),
      },
      {
        title: "Quality against time",
        text: "CRPS and the Fréchet distance in a classifier's features, mean over the problems, against the time a sample.",
        figures: datasets.map((dataset) => ({
          svg: figures[`pareto-${dataset}`].svg,
          alternative: `CRPS and Fréchet distance against seconds a sample, ${dataset}`,
        })),
      },
      ...comparisonSections(results),
      ...(await abilitySections(results, folder)),
      ...(await Promise.all(cellTables(cells).map((table) => problemSection(table, cells, folder)))),
    ],
  });
  return { html, figures };
}

function comparisonSections({ comparisons }: JudgedResults): ArticleSection[] {
  const of = (name: "crps" | "labelAgreement" | "coverage90", title: string): ArticleSection => ({
    title: `The one-step Variational Flow Map beside its baselines: ${title}`,
    text: "Its own figure, the best guided sampler's (whichever that is), and those of the other networks, on the images that all methods are run on.",
    table: comparisonTable(comparisons, name),
  });
  return [
    of("crps", "CRPS"),
    of("labelAgreement", "label agreement"),
    of("coverage90", "90 % coverage"),
    {
      title: "What it saves",
      text: "Evaluations and time a sample of the guided sampler that takes the least, as a multiple of the model's own.",
      table: savingsTable(comparisons),
    },
  ];
}

async function problemSection(
  { dataset, problem, head, rows }: ProblemTable,
  cells: readonly Cell[],
  folder: string,
): Promise<ArticleSection> {
  const names = ["truth", ...rows.map(([method]) => method.text)];
  const svg = await pictureGrid(
    names.map((name) => ({
      label: name === "truth" ? "truth, A^T y" : name,
      path: partPath(folder, "png", dataset, problem, name),
    })),
  );
  const shared = cells.find((cell) => cell.dataset === dataset && cell.problem === problem && cell.shared)?.shared;
  const size = shared === undefined ? "" : `On the ${shared.images} images that all methods are run on. `;
  return {
    title: `${dataset}: ${problem}`,
    text: `${size}Best of each column in bold, by value alone; in brackets the 95 % bootstrap interval over images.`,
    table: { head, rows: rows.map((row) => row.map(({ text, best }) => (best ? { strong: text } : text))) },
    figures: svg === undefined ? [] : [{ svg, alternative: `samples of all methods for ${dataset}, ${problem}` }],
  };
}

/** CRPS and Frechet distance, averaged over the problems, against the seconds for each sample. */
async function paretoPlot(cells: readonly Cell[], dataset: string): Promise<Figure> {
  const own = cells.filter((cell) => cell.dataset === dataset);
  const methods = [...new Set(own.map(({ method }) => method))];
  const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const values = methods.map((method) => {
    const rows = own.filter((cell) => cell.method === method);
    return {
      method,
      seconds: average(rows.map(({ secondsPerSample }) => secondsPerSample)),
      crps: average(rows.map((cell) => sharedFigures(cell).crps)),
      frechet: average(rows.map((cell) => sharedFigures(cell).frechet)),
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
