import { metricColumns, type ReportedMetrics } from "../report/index.js";
import { textTable } from "./text-table.js";

/** A table of figures for a terminal: a line a problem (and model), the report's columns of which there are figures. */
export function figuresTable(lines: readonly { name: string; metrics: ReportedMetrics }[]): string {
  const columns = metricColumns.filter(({ name }) => lines.some(({ metrics }) => metrics[name] !== undefined));
  const rows = lines.map(({ name, metrics }) => [
    name,
    ...columns.map((column) => {
      const value = metrics[column.name];
      return value === undefined ? "-" : column.format(value);
    }),
  ]);
  return textTable(["problem", ...columns.map(({ title }) => title)], rows);
}
