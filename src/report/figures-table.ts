import { metricColumns, type ReportedMetrics } from "./columns.js";

/** One column of a table of figures. */
export interface FigureColumn<Row> {
  title: string;
  /** The row's figure; undefined if it has none. */
  value(row: Row): number | undefined;
  /** The text of a figure. */
  text(value: number, row: Row): string;
  /** Which figure is marked as best: the least, the greatest, or the nearest to a number. */
  best?: "least" | "greatest" | number;
}

/** One cell of a table of figures. */
export interface FigureCell {
  text: string;
  best: boolean;
}

/** A table of figures: one line for each row, starting with its name. */
export interface FiguresTable {
  head: string[];
  rows: FigureCell[][];
}

/** A table of the columns that have figures. */
export function figuresTable<Row>(
  rows: readonly Row[],
  name: { title: string; text(row: Row): string },
  columns: readonly FigureColumn<Row>[],
): FiguresTable {
  const shown = columns.filter(({ value }) => rows.some((row) => value(row) !== undefined));
  const best = shown.map((column) => bestOf(rows, column));
  return {
    head: [name.title, ...shown.map(({ title }) => title)],
    rows: rows.map((row) => [
      { text: name.text(row), best: false },
      ...shown.map(({ value, text }, i) => {
        const figure = value(row);
        return figure === undefined
          ? { text: "–", best: false }
          : { text: text(figure, row), best: figure === best[i] };
      }),
    ]),
  };
}

function bestOf<Row>(rows: readonly Row[], { value, best }: FigureColumn<Row>): number | undefined {
  if (best === undefined) return undefined;
  const distance = (figure: number): number => {
    if (best === "least") return figure;
    return best === "greatest" ? -figure : Math.abs(figure - best);
  };
  return rows.flatMap((row) => value(row) ?? []).sort((a, b) => distance(a) - distance(b))[0];
}

/** A sampler on a problem, and its figures. */
export interface MetricsLine {
  name: string;
  metrics: ReportedMetrics;
}

/** The report's columns as a table of texts, with one line for each problem (and sampler). */
export function metricsTable(lines: readonly MetricsLine[]): { head: string[]; rows: string[][] } {
  const columns = metricColumns.map(({ name, title, format }): FigureColumn<MetricsLine> => ({
    title,
    value: ({ metrics }) => metrics[name],
    text: format,
  }));
  const { head, rows } = figuresTable(lines, { title: "problem", text: ({ name }) => name }, columns);
  return { head, rows: rows.map((row) => row.map(({ text }) => text)) };
}
