import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { appendLog, type LogLine, readLog, trimLog } from "./log.js";

const line = (stage: number, step: number): LogLine => ({
  stage,
  kind: "joint",
  step,
  seconds: 0.5,
  learningRate: { flowMap: 1e-3 },
  measures: { loss: step / 7 },
});

it("a log is trimmed to a position, without the line that a kill cut off", async () => {
  const folder = await mkdtemp(join(tmpdir(), "vfm-log-"));
  const path = join(folder, "log.jsonl");
  expect(await readLog(path)).toEqual([]);
  const lines = [line(0, 10), line(0, 20), line(1, 5), line(1, 10), line(1, 15)];
  for (const each of lines) await appendLog(path, each);
  await appendFile(path, '{"stage": 1, "st');
  expect(await readLog(path)).toEqual(lines);
  await trimLog(path, 1, 10);
  await appendLog(path, line(1, 15));
  expect(await readLog(path)).toEqual(lines);
  await rm(folder, { recursive: true });
});
