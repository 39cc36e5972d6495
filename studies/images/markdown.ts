import {
  type Compared,
  type Comparison,
  comparisonTable,
  figuresOf,
  lossOf,
  savingsTable,
  type TextTable,
} from "./comparison.js";
import { leastBy } from "./roles.js";

const titles: Readonly<Record<Compared, string>> = {
  crps: "CRPS",
  labelAgreement: "Share of samples read right",
  coverage90: "Share of the truth in 90 % intervals",
};

/**
 * The comparisons as Markdown: a section for each data set, with a table for each figure, whose best value is bold, and
 * one for the cost.
 */
export function comparisonMarkdown(comparisons: readonly Comparison[]): string {
  const datasets = [...new Set(comparisons.map(({ dataset }) => dataset))];
  return datasets.map((name) => section(name, comparisons)).join("\n");
}

function section(name: string, comparisons: readonly Comparison[]): string {
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
  return `### ${name}\n\n${figures.join("\n")}\nCost:\n\n${markdownTable(named(savingsTable(own)))}`;
}

function withBestBold({ head, rows }: TextTable, own: readonly Comparison[], name: Compared): TextTable {
  return {
    head,
    rows: rows.map((row, i) => {
      const values = figuresOf(own[i][name]).flatMap((value, column) => (value === null ? [] : [{ value, column }]));
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
