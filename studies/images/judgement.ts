import { z } from "zod";
import { type Cell } from "./cell.js";
import { type Difference, differenceBetween } from "../../src/evaluate/index.js";
import { type Prior } from "./kept-prior.js";
import { isGuided, leastBy, oneStepConditional, roles, sharedFigures, updatedConditional } from "./roles.js";

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

/** A claim about one problem; undefined if there is nothing to compare with. */
type Claim = (cell: Cell, others: readonly Cell[], differences: readonly Difference[]) => Outcome | undefined;
type Outcome = Omit<VerdictRow, "dataset" | "problem">;

const within = (value: number | null, low: number, high: number): Outcome | undefined =>
  value === null
    ? undefined
    : { value, against: null, other: null, difference: null, holds: value >= low && value <= high };

/** A cell's figures on the images on which another was run too: all of them, or those that all methods share. */
const comparable = (of: Cell, other: Cell): Pick<Cell, "crps" | "labelAgreement"> =>
  of.images === other.images ? of : sharedFigures(of);

/** Compares a figure with that of another method. */
function compared(
  cell: Cell,
  other: Cell | undefined,
  name: "crps" | "labelAgreement",
  differences: readonly Difference[],
  holds: (value: number, other: number) => boolean,
): Outcome | undefined {
  if (other === undefined) return undefined;
  const [value, theirs] = [comparable(cell, other)[name], comparable(other, cell)[name]];
  if (value === null || theirs === null) return undefined;
  return {
    value,
    against: other.method,
    other: theirs,
    difference: differenceBetween(differences, cell, other.method, name) ?? null,
    holds: holds(value, theirs),
  };
}

/** Whether a CRPS is not above the least of some methods. */
function notAbove(
  cell: Cell,
  others: readonly Cell[],
  methods: readonly string[],
  differences: readonly Difference[],
): Outcome | undefined {
  const best = bestBy(
    others.filter(({ method }) => methods.includes(method)),
    (other) => comparable(other, cell).crps,
  );
  return compared(cell, best, "crps", differences, (value, other) => value <= other);
}

const bestBy = (cells: readonly Cell[], loss: (cell: Cell) => number): Cell | undefined => leastBy(cells, loss);
const below = (value: number, other: number): boolean => value < other;

/** Allowed lead in label agreement of the best guided sampler. */
const labelMargin = 0.005;

const claims: readonly {
  claim: string;
  text: string;
  wanted: number;
  byDataset?: Record<string, number>;
  of: Claim;
}[] = [
  {
    claim: "crps-below-adapter-alone",
    text: "CRPS below that of the adapter alone",
    wanted: 16,
    of: (cell, others, differences) =>
      compared(
        cell,
        others.find(({ method }) => method === roles.adapterAlone),
        "crps",
        differences,
        below,
      ),
  },
  {
    claim: "crps-below-best-guided",
    text: "CRPS below that of the best guided sampler",
    wanted: 13,
    byDataset: { mnist: 5, "fashion-mnist": 4, cifar10: 4 },
    of: (cell, others, differences) =>
      compared(
        cell,
        bestBy(others.filter(isGuided), (of) => sharedFigures(of).crps),
        "crps",
        differences,
        below,
      ),
  },
  {
    claim: "crps-not-above-one-step-conditional",
    text: "CRPS not above that of the better of the two one-step conditional networks",
    wanted: 9,
    of: (cell, others, differences) => notAbove(cell, others, oneStepConditional, differences),
  },
  {
    claim: "networks-not-above-one-step-conditional",
    text: "the same without the update on the observation",
    wanted: 9,
    of: (_cell, others, differences) => {
      const networks = others.find(({ method }) => method === roles.networksAlone);
      return networks && notAbove(networks, others, oneStepConditional, differences);
    },
  },
  {
    claim: "crps-not-above-updated-conditional",
    text: "the same where the conditional networks have an update on the observation, too",
    wanted: 9,
    of: (cell, others, differences) => notAbove(cell, others, updatedConditional, differences),
  },
  {
    claim: "label-agreement",
    text: `label agreement within ${labelMargin} of that of the best guided sampler`,
    wanted: 12,
    of: (cell, others, differences) =>
      compared(
        cell,
        bestBy(others.filter(isGuided), (of) => -(sharedFigures(of).labelAgreement ?? -Infinity)),
        "labelAgreement",
        differences,
        (value, other) => value >= other - labelMargin,
      ),
  },
  {
    claim: "coverage",
    text: "90 % intervals cover .87 to .93",
    wanted: 18,
    of: ({ coverage90 }) => within(coverage90, 0.87, 0.93),
  },
  { claim: "misfit", text: "misfit .85 to 1.3", wanted: 18, of: ({ misfit }) => within(misfit, 0.85, 1.3) },
  {
    claim: "fewer-evaluations",
    text: "at least 50 times fewer evaluations than the guided sampler with the fewest",
    wanted: 18,
    of: (cell, others) => costs(cell, others, "evaluations", 50),
  },
  {
    claim: "faster",
    text: "at least 20 times less time a sample than the fastest guided sampler",
    wanted: 18,
    of: (cell, others) => costs(cell, others, "secondsPerSample", 20),
  },
];

function costs(
  cell: Cell,
  others: readonly Cell[],
  name: "evaluations" | "secondsPerSample",
  times: number,
): Outcome | undefined {
  const least = bestBy(others.filter(isGuided), (of) => of[name]);
  if (least === undefined) return undefined;
  const [value, other] = [cell[name], least[name]];
  return { value, against: least.method, other, difference: null, holds: other >= times * value };
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
    head: ["claim", "holds on", "of", "wanted", "met", "by data set"],
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
