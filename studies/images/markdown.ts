import { guidedMethods } from "../../src/baselines/index.js";
import { type Cell } from "./cell.js";
import {
  type Compared,
  comparedColumns,
  type Comparison,
  comparisonTable,
  lossOf,
  savingsTable,
  type TextTable,
} from "./comparison.js";
import { leastBy, roles, sharedFigures } from "./roles.js";

const titles: Readonly<Record<Compared, string>> = {
  crps: "CRPS",
  labelAgreement: "Share of samples read right",
  coverage90: "Share of the truth in 90 % intervals",
};

/**
 * The comparisons as Markdown: a section for each data set, with a table for each figure, whose best value is bold, one
 * of the CRPS of every guided sampler, and one for the cost.
 */
export function comparisonMarkdown(comparisons: readonly Comparison[], cells: readonly Cell[]): string {
  const datasets = [...new Set(comparisons.map(({ dataset }) => dataset))];
  return datasets.map((name) => section(name, comparisons, cells)).join("\n");
}

function section(name: string, comparisons: readonly Comparison[], cells: readonly Cell[]): string {
  // The heading names the data set, so the rows do not have to.
  const own = comparisons.filter(({ dataset }) => dataset === name);
  const named = ({ head, rows }: TextTable): TextTable => ({
    head,
    rows: rows.map(([, ...rest], i) => [own[i].problem, ...rest]),
  });
  const figures = (Object.keys(titles) as Compared[]).map(
    (figure) =>
      `${titles[figure]}:\n\n${markdownTable(withBestBold(named(comparisonTable(own, figure)), own, figure))}`,
  );
  return [
    `### ${name}\n`,
    ...figures,
    `CRPS of every guided sampler:\n\n${markdownTable(guidedTable(own, cells))}`,
    `Cost:\n\n${markdownTable(named(savingsTable(own)))}`,
  ].join("\n");
}

/** The CRPS of VFM and of each guided sampler, on the images that all methods share. */
function guidedTable(own: readonly Comparison[], cells: readonly Cell[]): TextTable {
  const methods = [roles.vfm, ...guidedMethods.map(({ name }) => name)];
  return {
    head: ["problem", ...methods],
    rows: own.map(({ dataset, problem }) => [
      problem,
      ...methods.map((method) => {
        const cell = cells.find((of) => of.dataset === dataset && of.problem === problem && of.method === method);
        return cell === undefined ? "–" : sharedFigures(cell).crps.toFixed(4);
      }),
    ]),
  };
}

function withBestBold({ head, rows }: TextTable, own: readonly Comparison[], name: Compared): TextTable {
  const columns = comparedColumns(own, name);
  return {
    head,
    rows: rows.map((row, i) => {
      const values = columns.flatMap(({ valueOf }, column) => {
        const value = valueOf(own[i][name]);
        return value === null ? [] : [{ value, column }];
      });
      const best = leastBy(values, ({ value }) => lossOf[name](value));
      // The first column is the problem. The name of a guided sampler stays plain.
      return row.map((text, column) => (column - 1 === best?.column ? text.replace(/^\S+/, "**$&**") : text));
    }),
  };
}

function markdownTable({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}
