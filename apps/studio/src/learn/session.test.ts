import { expect, it, vi } from "vitest";

const { workers } = vi.hoisted(() => ({ workers: [] as { call: ReturnType<typeof vi.fn>; closed: boolean }[] }));
vi.mock("../app/start-worker.js", () => ({
  startWorker: () => {
    const worker = { call: vi.fn(), closed: false, close: () => (worker.closed = true) };
    worker.call.mockResolvedValue({});
    if (workers.length === 0) worker.call.mockRejectedValueOnce(new Error("no engine"));
    workers.push(worker);
    return worker;
  },
}));
vi.mock("../site/index.js", () => ({ siteFolder: () => "/" }));

const { failure, follow, opened } = await import("./session.js");

it("models that could not be loaded are asked of a new worker next time", async () => {
  const leave = follow();
  await expect.poll(() => workers[0].closed).toBe(true);
  expect(failure.value).toBe("no engine");
  leave();
  const end = follow();
  expect(failure.value).toBeUndefined();
  await expect.poll(() => opened.value).toEqual({});
  expect(workers).toHaveLength(2);
  end();
});
