import { join } from "node:path";
import { z } from "zod";
import { readLog } from "../../src/train/index.js";

/** Points of one curve, at most. */
const curvePoints = 120;

const termNames = ["meanFlow", "observation", "kl", "pixelScore", "energyScore", "priorScore"];

/** Training curves: the medians that a log keeps, thinned. */
export const lossesSchema = z.array(
  z.strictObject({
    /** The folder of the phase: "base", "joint" or "frozen". */
    phase: z.string(),
    /** The number of the stage in its phase. */
    stage: z.int(),
    /** The kind of the stage. */
    kind: z.string(),
    /** Steps within the phase's stage. */
    step: z.int(),
    /** Loss terms before their weights. */
    measures: z.record(z.string(), z.number()),
  }),
);

/** Training curves. */
export type Losses = z.output<typeof lossesSchema>;

/** The curves of an experiment's phases, from their logs. */
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

/** The loss terms alone: gradients' norms and the adapter's moments are logged too. A loss without terms is its own. */
function lossTerms(kind: string, measures: Readonly<Record<string, number>>): Record<string, number> {
  const terms = Object.entries(measures).filter(([name]) => termNames.includes(name));
  const chosen = terms.length > 0 ? terms : [[kind.replace("-", " "), measures.loss] as const];
  return Object.fromEntries(chosen.map(([name, value]) => [name, Number(value.toPrecision(4))]));
}
