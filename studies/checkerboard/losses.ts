import { join } from "node:path";
import { z } from "zod";
import { readLog } from "../../src/train/index.js";

/** Greatest number of points of a curve. */
const curvePoints = 120;

const termNames = ["meanFlow", "observation", "kl", "pixelScore", "energyScore", "priorScore"];

/** Training curves: a selection of the medians in a log. */
export const lossesSchema = z.array(
  z.strictObject({
    /** The folder of the phase: "base", "joint" or "frozen". */
    phase: z.string(),
    /** The index of the stage in its phase. */
    stage: z.int(),
    /** The kind of the stage. */
    kind: z.string(),
    /** Steps within the stage. */
    step: z.int(),
    /** Loss terms before their weights. */
    measures: z.record(z.string(), z.number()),
  }),
);

/** Training curves. */
export type Losses = z.output<typeof lossesSchema>;

/** The training curves of an experiment's phases, from their logs. */
export async function readLosses(folder: string, phases: readonly string[]): Promise<Losses> {
  const read = phases.map(async (phase) => {
    const lines = await readLog(join(folder, phase, "log.jsonl"));
    const every = Math.max(1, Math.ceil(lines.length / curvePoints));
    return lines
      .filter((_, i) => i % every === 0 || i === lines.length - 1)
      .map(({ stage, kind, step, measures }) => ({ phase, stage, kind, step, measures: lossTerms(kind, measures) }));
  });
  return (await Promise.all(read)).flat();
}

/**
 * Only the loss terms, because norms of gradients and moments of the adapter are logged too. A loss without terms is
 * its own term.
 */
function lossTerms(kind: string, measures: Readonly<Record<string, number>>): Record<string, number> {
  const terms = Object.entries(measures).filter(([name]) => termNames.includes(name));
  const chosen = terms.length > 0 ? terms : [[kind.replace("-", " "), measures.loss] as const];
  return Object.fromEntries(chosen.map(([name, value]) => [name, Number(value.toPrecision(4))]));
}
