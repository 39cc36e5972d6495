import { z } from "zod";
import { append, exists, readText, writeFileAtomically } from "../storage/index.js";

const lineSchema = z.object({
  stage: z.int(),
  kind: z.string(),
  step: z.int(),
  seconds: z.number(),
  learningRate: z.record(z.string(), z.number()),
  measures: z.record(z.string(), z.number()),
});

/**
 * One line of a run's log: the medians of the measures over the steps since the previous line.
 *
 * @interface
 */
export type LogLine = z.infer<typeof lineSchema>;

/** Appends a line to a log in JSON Lines. */
export async function appendLog(path: string, line: LogLine): Promise<void> {
  await append(path, `${JSON.stringify(line)}\n`);
}

/**
 * Reads a run's log. A last line that was cut off is ignored; a missing log is empty.
 *
 * @throws InputError if the log cannot be read
 * @example
 * const lines = await readLog("runs/mine/log.jsonl");
 * console.log(lines.map(({ step, measures }) => `${step}: ${measures.loss}`).join("\n"));
 */
export async function readLog(path: string): Promise<LogLine[]> {
  const text = (await exists(path)) ? await readText(path) : "";
  return text.split("\n").flatMap((line) => {
    const parsed = lineSchema.safeParse(parseOrUndefined(line));
    return parsed.success ? [parsed.data] : [];
  });
}

/** Removes the lines after a position, whose steps a resumed run repeats. */
export async function trimLog(path: string, stage: number, step: number): Promise<void> {
  const kept = (await readLog(path)).filter(
    (line) => line.stage < stage || (line.stage === stage && line.step <= step),
  );
  await writeFileAtomically(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function parseOrUndefined(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
