import { type Difference, differenceBetween } from "../../src/evaluate/index.js";
import { type Cell } from "./cell.js";
import { isGuided, leastBy, oneStepConditional, roles, sharedFigures, updatedConditional } from "./roles.js";

/** Whether a claim holds on one problem, with the figures that are compared. */
export interface Outcome {
  /** The figure of the one-step Variational Flow Map. */
  value: number;
  /** The method with which it is compared, and its figure; null if the figure is compared with a range. */
  against: string | null;
  other: number | null;
  /** The difference with its 95 % paired bootstrap interval, if it has one. */
  difference: [number, number, number] | null;
  holds: boolean;
}

/** A claim about the one-step Variational Flow Map. */
export interface Claim {
  claim: string;
  text: string;
  /** On how many problems it has to hold. */
  wanted: number;
  /** On how many problems of some data sets it has to hold. */
  byDataset?: Readonly<Record<string, number>>;
  /** The outcome on the problem of a cell; undefined if there is nothing to compare with. */
  of(cell: Cell, others: readonly Cell[], differences: readonly Difference[]): Outcome | undefined;
}

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
  const best = leastBy(
    others.filter(({ method }) => methods.includes(method)),
    (other) => comparable(other, cell).crps,
  );
  return compared(cell, best, "crps", differences, (value, other) => value <= other);
}

const below = (value: number, other: number): boolean => value < other;

/** Allowed lead in label agreement of the best guided sampler. */
const labelMargin = 0.005;

/** The claims about single problems, in the order of the verdicts. */
export const claims: readonly Claim[] = [
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
        leastBy(others.filter(isGuided), (of) => sharedFigures(of).crps),
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
        leastBy(others.filter(isGuided), (of) => -(sharedFigures(of).labelAgreement ?? -Infinity)),
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
  const least = leastBy(others.filter(isGuided), (of) => of[name]);
  if (least === undefined) return undefined;
  const [value, other] = [cell[name], least[name]];
  return { value, against: least.method, other, difference: null, holds: other >= times * value };
}
