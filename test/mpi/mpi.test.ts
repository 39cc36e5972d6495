import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readLog } from "../../src/train/index.js";
import { lacking, lackingMpich, type Launch, ranksOf, type Running, start } from "./launch.js";
import { connectHosts, onTwoHosts, removeHosts, setCable } from "./two-hosts.js";

const stage = { kind: "flow-matching", batchSize: 24, accumulate: 6, steps: 150 };
const config = {
  seed: 4,
  data: { kind: "checkerboard", points: 200 },
  flowMap: { model: "mlp", shape: [2], width: 16, depth: 2 },
  adapter: { model: "mlp", observationShape: [2], shape: [2], width: 8, depth: 1 },
  problems: [{ name: "first-coordinate", sigma: 0.1 }],
  logEvery: 1,
  stages: [stage, { ...stage, kind: "joint", steps: 10, jumpShare: 0.25 }],
};

let folder = "";
const at = (name: string): string => join(folder, name);
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-mpi-"));
  await writeFile(at("config.json"), JSON.stringify(config));
});
afterAll(() => rm(folder, { recursive: true }));

const onOne = (run: string, ...words: string[]): Running =>
  start(undefined, "train", at("config.json"), "--out", at(run), "--threads", "1", ...words);
const on = (launch: Launch, run: string, ...words: string[]): Running =>
  start(launch, "train", at("config.json"), "--out", at(run), "--threads", "1", "--distributed", "mpi", ...words);
const onRanks = (ranks: number, run: string, ...words: string[]): Running => on({ ranks }, run, ...words);

const logOf = async (run: string) => (await readLog(join(at(run), "log.jsonl"))).map(({ seconds: _, ...line }) => line);
const weights = async (run: string): Promise<Buffer> => readFile(join(at(run), "checkpoint", "model.safetensors"));
const stepsOf = async (run: string): Promise<number> => (await logOf(run)).length;
/** Waits until the run has done as many steps; it has to be running then. */
const underWay = async (run: string, { process }: Running, steps = 10): Promise<void> => {
  while ((await stepsOf(run)) < steps && process.exitCode === null) await new Promise((wake) => setTimeout(wake, 20));
  expect(process.exitCode, `the run ${run} ended before it was disturbed`).toBeNull();
};
/** Sends a signal to the second of a run's two ranks, which have to be there. */
const tellSecond = (run: string, signal: NodeJS.Signals): void => {
  const ranks = ranksOf(at(run));
  expect(ranks, `the ranks of the run ${run}`).toHaveLength(2);
  process.kill(ranks[1], signal);
};
const linesOf = (text: string): string[] => text.split("\n").filter((line) => line.startsWith("vfm: "));

/** Checks that a run has what the uninterrupted one in one process has. */
const expectSame = async (run: string): Promise<void> => {
  expect((await weights(run)).equals(await weights("one"))).toBe(true);
  expect(await logOf(run)).toEqual(await logOf("one"));
};
const expectDone = async ({ ended }: Running): Promise<void> => {
  const { code, err } = await ended;
  expect({ code, said: linesOf(err) }).toEqual({ code: 0, said: [] });
};
const skipped = (reason: string | undefined): string => (reason === undefined ? "" : `: skipped, for ${reason}`);

describe.skipIf(lacking !== undefined)(`training over MPI${skipped(lacking)}`, () => {
  beforeAll(async () => {
    await expectDone(onOne("one"));
  });

  it.each([1, 2, 3])("on %i ranks gives the bits of one process; rank 0 alone prints", async (ranks) => {
    const run = `on-${ranks}`;
    const { code, out, err } = await onRanks(ranks, run, "--json").ended;
    expect({ code, said: linesOf(err) }).toEqual({ code: 0, said: [] });
    expect(JSON.parse(out)).toMatchObject({ complete: true, checkpoint: join(at(run), "checkpoint") });
    await expectSame(run);
  });

  it.skipIf(lackingMpich !== undefined)(`on two ranks of MPICH has the same bits${skipped(lackingMpich)}`, async () => {
    const { code, out, err } = await on({ ranks: 2, library: "mpich" }, "mpich", "--json").ended;
    expect({ code, said: linesOf(err) }).toEqual({ code: 0, said: [] });
    // Two runs of one rank each would have printed two objects.
    expect(JSON.parse(out)).toMatchObject({ complete: true });
    await expectSame("mpich");
  });

  it("says once what is wrong with the input", async () => {
    const { code, err } = await start({ ranks: 2, killSeconds: 1 }, "train", at("none.json"), "--distributed", "mpi")
      .ended;
    expect(code).toBe(2);
    expect(linesOf(err)).toEqual([expect.stringMatching(/^vfm: .*none\.json cannot be read/)]);
  });

  it("ends all ranks at the same step when one gets SIGTERM; one process continues to the same numbers", async () => {
    const running = on({ ranks: 2, killSeconds: 1 }, "told");
    await underWay("told", running);
    tellSecond("told", "SIGTERM");
    const { code, out } = await running.ended;
    expect(code).toBe(143);
    expect(out).toMatch(/^Interrupted, state saved/);
    await expectDone(onOne("told", "--resume"));
    await expectSame("told");
  });

  it("ends with one line when a rank is killed; three ranks go on to the same numbers", async () => {
    const running = onRanks(2, "killed");
    await underWay("killed", running);
    tellSecond("killed", "SIGKILL");
    const { code, err } = await running.ended;
    expect(code).toBe(137);
    expect(linesOf(err)).toEqual([expect.stringMatching(/^vfm: rank 0, told to end, has waited \d+ s .*--resume$/)]);
    await expectDone(onRanks(3, "killed", "--resume"));
    await expectSame("killed");
  });

  it("takes a rank that does not answer for lost after --distributed-timeout", async () => {
    const running = onRanks(2, "stopped", "--distributed-timeout", "4");
    await underWay("stopped", running);
    tellSecond("stopped", "SIGSTOP");
    const { code, err } = await running.ended;
    expect(code).toBe(1);
    expect(linesOf(err)).toEqual([expect.stringMatching(/^vfm: rank 0 has waited 4 s for the other ranks/)]);
  });

  const hosts = lacking === undefined && connectHosts();
  const noHosts = hosts ? undefined : "network namespaces are not permitted";
  describe.skipIf(!hosts)(`on two hosts${skipped(noHosts)}`, () => {
    afterAll(removeHosts);

    it("ends with one line when one of them is cut off, and continues to the same numbers", async () => {
      const launch = await onTwoHosts(folder);
      const running = on(launch, "cut", "--distributed-timeout", "4");
      await underWay("cut", running);
      setCable("down");
      const { code, err } = await running.ended;
      expect(code).not.toBe(0);
      expect(linesOf(err)).toEqual([expect.stringMatching(/^vfm: rank 0 has waited 4 s for the other ranks/)]);
      setCable("up");
      await expectDone(on(launch, "cut", "--resume"));
      await expectSame("cut");
    });
  });
});
