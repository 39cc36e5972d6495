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
 * One line of a run's log: the medians of the measures over the steps since the previous line, or since the run was
 * resumed.
 *
 * @interface
 */
export type LogLine = z.infer<typeof lineSchema>;

/** Appends a line to a log in JSON Lines. */
export async function appendLog(path: string, line: LogLine): Promise<void> {
  await append(path, `${JSON.stringify(line)}\n`);
}

/**
 * Reads a run's log. Lines that cannot be read, such as a last one that was cut off, are ignored; a missing log is empty.
 *
 * @throws InputError if the log cannot be read
 * @example
 * const lines = await readLog("runs/mine/log.jsonl");
 * console.log(lines.map(({ step, measures }) => `${step}: ${measures.loss}`).join("\n"));
 */
export async function readLog(path: string): Promise<LogLine[]> {
  const text = (await exists(path)) ? await readText(path) : "";
  return text.split("\n").flatMap((line) => parsedLine(line) ?? []);
}

/** Whether a file is a run's log: it has no lines of any other kind, but the last one may be cut off. */
export async function isLog(path: string): Promise<boolean> {
  if (!(await exists(path))) return false;
  const lines = (await readText(path)).split("\n");
  return lines.slice(0, -1).every((line) => parsedLine(line) !== undefined);
}

/** Removes the lines after a position, whose steps a resumed run repeats, and those that cannot be read. */
export async function trimLog(path: string, stage: number, step: number): Promise<void> {
  const kept = (await readLog(path)).filter(
    (line) => line.stage < stage || (line.stage === stage && line.step <= step),
  );
  await writeFileAtomically(path, kept.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function parsedLine(line: string): LogLine | undefined {
  try {
    return lineSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
