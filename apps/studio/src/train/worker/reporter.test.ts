import { expect, it, vi } from "vitest";
import { type Desk } from "./desk.js";
import { reporterOf } from "./reporter.js";
import { type TrainReport } from "./services.js";

it("tells the losses of a part before the next, and makes pictures for one of two sides at a time", async () => {
  const reports: TrainReport[] = [];
  const views = vi.fn(() => Promise.resolve(undefined));
  const { part, step, finish } = reporterOf({ views } as unknown as Desk, (report) => reports.push(report));
  await Promise.all((["joint", "frozen"] as const).map((network) => step({ network, step: 0, adapter: 1 })));
  expect(views).toHaveBeenCalledOnce();
  part({ name: "adapters", compiling: true });
  expect(reports.flatMap(({ losses }) => losses ?? [])).toHaveLength(2);
  expect(reports.at(-1)?.part).toBeDefined();
  await finish();
  expect(views).toHaveBeenCalledTimes(2);
});
