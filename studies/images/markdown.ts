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
  labelAgreement: "Label agreement",
  coverage90: "Share of the truth in 90 % intervals",
};

/** What the tables are made of. */
export interface Judged {
  comparisons: readonly Comparison[];
  cells: readonly Cell[];
  /** Cells of problems that no network was trained on. */
  unseen: readonly Cell[];
}

/**
 * The comparisons as Markdown: a section for each data set, with a table for each figure, whose best value is bold, one
 * of the CRPS of every guided sampler, and one for the cost; and a section for the problems that no network was
 * trained on, if any was judged.
 */
export function comparisonMarkdown({ comparisons, cells, unseen }: Judged): string {
  const datasets = [...new Set(comparisons.map(({ dataset }) => dataset))];
  const sections = datasets.map((name) => section(name, comparisons, cells));
  return [...sections, ...(unseen.length === 0 ? [] : [unseenSection(unseen)])].join("\n");
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

/** Every method's CRPS and misfit on the problems that no network was trained on. */
function unseenSection(unseen: readonly Cell[]): string {
  const methods = [...new Set(unseen.map(({ method }) => method))];
  const problems = [...new Set(unseen.map(({ dataset, problem }) => `${dataset}, ${problem}`))];
  const table = (textOf: (cell: Cell, row: readonly Cell[]) => string): string =>
    markdownTable({
      head: ["problem", ...methods],
      rows: problems.map((name) => {
        const row = unseen.filter(({ dataset, problem }) => `${dataset}, ${problem}` === name);
        const cells = methods.map((method) => row.find((cell) => cell.method === method));
        return [name, ...cells.map((cell) => (cell === undefined ? "–" : textOf(cell, row)))];
      }),
    });
  const crps = (cell: Cell, row: readonly Cell[]): string => {
    const text = cell.crps.toFixed(4);
    return cell === leastBy(row, (of) => of.crps) ? `**${text}**` : text;
  };
  return ["### unseen\n", `CRPS:\n\n${table(crps)}`, `Misfit:\n\n${table(({ misfit }) => misfit.toFixed(2))}`].join(
    "\n",
  );
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
