import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { randomSource } from "../src/array/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { integerOption } from "../src/cli/options.js";
import { InputError } from "../src/errors.js";
import { type RankFigures } from "./ranks-worker.js";
import { publishedScaling, scalingTable } from "./scaling.js";
import { fastestMilliseconds } from "./timing.js";

const worker = fileURLToPath(new URL("./ranks-worker.js", import.meta.url));

// Open MPI must be told to run as root, which is a container's user.
const asRoot = { OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };
/** Number of normal numbers that are drawn to time one. */
const numbers = 1e6;

/**
 * `bench ranks`: two ranks with one thread each against one rank with two threads, and a model of more ranks on a
 * network.
 */
export const ranksBenchmark: CommandDefinition<{ steps: number }> = {
  name: "ranks",
  description: "time a training step of two ranks of one thread against one rank of two threads, over MPI",
  options: (command) => command.option("--steps <n>", "timed steps, of which the median counts", integerOption(1), 15),
  example: "npm run bench -- ranks --json",
  run: async ({ steps }, { seed, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), "vfm-ranks-"));
    const measured = async (ranks: number, threads: number): Promise<RankFigures> => {
      const out = join(folder, `${ranks}.json`);
      const words = ["--oversubscribe", "--bind-to", "none", "-n", String(ranks), process.execPath, worker];
      const { status, stderr, error } = spawnSync("mpirun", [...words, out, String(threads), String(steps)], {
        encoding: "utf8",
        env: { ...process.env, ...asRoot },
      });
      if (error !== undefined) throw new InputError("there is no mpirun: apt-get install openmpi-bin");
      if (status !== 0) throw new Error(`mpirun ended with ${status}: ${stderr}`);
      return JSON.parse(await readFile(out, "utf8")) as RankFigures;
    };
    try {
      progress.update(0.1, "one rank of two threads");
      const one = await measured(1, 2);
      progress.update(0.5, "two ranks of one thread");
      const two = await measured(2, 1);
      const { stepMs, sumMs, drawMs, bytes: bytesAStep, parameters, sumAloneMs } = two;
      const random = randomSource(seed, "numbers");
      const numberMs = (await fastestMilliseconds(async () => random.normalArray([numbers]), 5)) / numbers;
      const json = {
        oneRankMs: one.stepMs,
        twoRanksMs: stepMs,
        efficiency: one.stepMs / stepMs,
        sumShare: sumMs / stepMs,
        sumMs,
        sumAloneMs,
        drawMs,
        bytesAStep,
        parameters,
        numberMs,
        model: scalingTable(two),
        dmftB: publishedScaling(two, numberMs),
      };
      const text = [
        `one rank of two threads  ${json.oneRankMs.toFixed(1)} ms a step`,
        `two ranks of one thread  ${stepMs.toFixed(1)} ms a step: efficiency ${json.efficiency.toFixed(2)}`,
        `the sum                  ${(100 * json.sumShare).toFixed(1)} % of the step, ${bytesAStep} bytes from a rank`,
        ...json.model.map(
          ({ gigabits, ranks, efficiency }) =>
            `${ranks} ranks, ${gigabits} Gbit/s: efficiency ${efficiency.toFixed(3)}, by the model`,
        ),
      ];
      return { json, text: text.join("\n") };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};
