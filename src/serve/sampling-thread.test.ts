import { Worker } from "node:worker_threads";
import { expect, it, vi } from "vitest";
import type * as platform from "../platform/node/index.js";
import { startSamplingThread } from "./sampling-thread.js";

// A thread that describes its model and ends at its first question after that.
const dying = `
  const { parentPort } = require("node:worker_threads");
  parentPort.postMessage({ model: { shape: [1, 2, 2], problems: [] } });
  parentPort.on("message", (question) => question === "warm" || process.exit());
`;
vi.mock("../platform/node/index.js", async (original) => ({
  ...(await original<typeof platform>()),
  startWorker: () => new Worker(dying, { eval: true }),
}));

it("a sampler's thread that has ended refuses what waits, and every later question at once", async () => {
  const order = { folder: "model", rows: 1, threads: 1, warmUp: 1 };
  const thread = await startSamplingThread(order);
  for (let question = 0; question < 2; question++)
    await expect(thread.sample([])).rejects.toThrow("the sampler's thread ended");
  await expect(thread.ended).rejects.toThrow("the sampler's thread ended");
});
