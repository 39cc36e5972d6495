import { z } from "zod";
import { type Cell } from "./cell.js";
import { type Difference } from "../../src/evaluate/index.js";
import { type Prior } from "./kept-prior.js";
import { claims } from "./claims.js";
import { roles } from "./roles.js";

const rowSchema = z.strictObject({
  dataset: z.string(),
  /** Null if the claim is about the data set as a whole. */
  problem: z.string().nullable(),
  /** The figure of the one-step Variational Flow Map. */
  value: z.number(),
  /** The method with which it is compared, and its figure; null if the figure is compared with a range. */
  against: z.string().nullable(),
  other: z.number().nullable(),
  /** The difference with its 95 % paired bootstrap interval, if it has one. */
  difference: z.tuple([z.number(), z.number(), z.number()]).nullable(),
  holds: z.boolean(),
});

const verdictSchema = z.strictObject({
  claim: z.string(),
  text: z.string(),
  /** On how many of the problems (or data sets) the claim holds, and the required number. */
  holds: z.int(),
  of: z.int(),
  wanted: z.int(),
  /** The same for each data set, if the claim states numbers for them. */
  byDataset: z.record(z.string(), z.strictObject({ holds: z.int(), of: z.int(), wanted: z.int() })),
  /** Whether it holds on the required number. */
  met: z.boolean(),
  rows: z.array(rowSchema),
});

/** The verdict on one claim about the one-step Variational Flow Map. */
export type Verdict = z.output<typeof verdictSchema>;
/** One problem of a verdict. */
export type VerdictRow = z.output<typeof rowSchema>;

/** Validates a verdict that was read from a file. */
export const checkedVerdict = verdictSchema as z.ZodType<Verdict>;

/** The inputs of the judgement. */
export interface Judged {
  cells: readonly Cell[];
  differences: readonly Difference[];
  prior: readonly Prior[];
}

/** Greatest allowed factor by which joint training raises the Frechet distance of unconditional samples. */
const priorRatio = 1.15;

/**
 * Compares results with the claims about the one-step Variational Flow Map. A verdict counts problems, with every
 * figure that is counted. Methods of different sizes are compared on the images on which all methods are run.
 */
export function judgeResults({ cells, differences, prior }: Judged): Verdict[] {
  const own = cells.filter(({ method }) => method === roles.vfm);
  const verdicts = claims.map(({ claim, text, wanted, byDataset = {}, of }) => {
    const rows = own.flatMap((cell) => {
      const { dataset, problem } = cell;
      const others = cells.filter((other) => other.dataset === dataset && other.problem === problem);
      const outcome = of(cell, others, differences);
      return outcome === undefined ? [] : [{ dataset, problem, ...outcome }];
    });
    return verdict(claim, text, wanted, byDataset, rows);
  });
  const priors = prior.flatMap(({ dataset, before, after, ratio }) =>
    before === null || ratio === null
      ? []
      : [
          {
            dataset,
            problem: null,
            value: after,
            against: "before joint training",
            other: before,
            difference: null,
            holds: ratio <= priorRatio,
          },
        ],
  );
  const text = "Frechet distance of unconditional one-step samples at most 15 % above that before joint training";
  return [...verdicts, verdict("prior", text, 3, {}, priors)];
}

function verdict(
  claim: string,
  text: string,
  wanted: number,
  byDataset: Readonly<Record<string, number>>,
  rows: VerdictRow[],
): Verdict {
  const count = (of: readonly VerdictRow[]) => ({ holds: of.filter(({ holds }) => holds).length, of: of.length });
  const datasets = Object.entries(byDataset).map(
    ([dataset, least]) =>
      [dataset, { ...count(rows.filter((row) => row.dataset === dataset)), wanted: least }] as const,
  );
  const all = count(rows);
  const met = all.holds >= wanted && datasets.every(([, { holds, wanted: least }]) => holds >= least);
  return { claim, text, ...all, wanted, byDataset: Object.fromEntries(datasets), met, rows };
}

/** The verdicts as a table of texts, one line for each. */
export function verdictTable(verdicts: readonly Verdict[]): { head: string[]; rows: string[][] } {
  return {
    head: ["claim", "holds on", "of", "required", "met", "by data set"],
    rows: verdicts.map(({ text, holds, of, wanted, met, byDataset }) => [
      text,
      String(holds),
      String(of),
      String(wanted),
      met ? "yes" : "no",
      Object.entries(byDataset)
        .map(([dataset, own]) => `${dataset} ${own.holds} of ${own.of} (${own.wanted})`)
        .join(", "),
    ]),
  };
}
