import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import autocannon from "autocannon";
import { randomSource } from "../src/array/index.js";
import { encodeObservation, loadCheckpoint } from "../src/checkpoint/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { checkpointOption, integerOption } from "../src/cli/options.js";
import { disposeCompiled } from "../src/compile/index.js";
import { observe } from "../src/operators/index.js";
import { samplePosterior, type TrainedModel } from "../src/vfm/index.js";

const program = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
const problem = "inpaint-box";
/** Samples of a request, and of a batch. */
const [samples, batchSize] = [16, 64];
/** Batches that the sampler without a service is timed over. */
const offlineRuns = 40;
/** The connections whose throughput is compared with the offline sampler's. */
const compared = 64;
/** Requests of the whole run that the memory is watched over; a tenth of them first, for everything to be allocated. */
const warmUpShare = 0.1;

interface ServeBenchmarkOptions {
  checkpoint: string;
  requests: number;
}

/** What so many connections got. */
interface LoadFigures {
  connections: number;
  requests: number;
  samplesPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  rejected: number;
  errors: number;
}

/** `bench serve`: `vfm serve` in another process under load, against the sampler without a service. */
export const serveBenchmark: CommandDefinition<ServeBenchmarkOptions> = {
  name: "serve",
  description: "put vfm serve in another process under load: samples a second against samplePosterior's, times, memory",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--requests <n>", "requests in all; 10000 watches the memory well", integerOption(100), 1000),
  example: "npm run bench -- serve --json",
  run: async ({ checkpoint, requests }, { progress }) => {
    const { model } = await loadCheckpoint(checkpoint);
    progress.update(0, "the sampler without a service");
    const offline = await offlineRate(model);
    await disposeCompiled();
    const service = await startService(checkpoint);
    try {
      const body = await requestOf(model);
      const warmUp = Math.ceil(requests * warmUpShare);
      await load(service.address, body, compared, warmUp);
      const before = await residentMegabytes(service.child);
      const loads: LoadFigures[] = [];
      // Most of the requests at the connections that are compared.
      for (const [connections, share] of [
        [1, 0.05],
        [8, 0.15],
        [compared, 0.6],
        [256, 0.2],
      ] as const) {
        progress.update(0.1 + 0.2 * loads.length, `${connections} connections`);
        loads.push(await load(service.address, body, connections, Math.ceil(requests * share)));
      }
      const rssGrowthMb = (await residentMegabytes(service.child)) - before;
      const at = loads.find(({ connections }) => connections === compared) ?? loads[0];
      const sum = (name: "rejected" | "errors"): number => loads.reduce((total, each) => total + each[name], 0);
      const json = {
        throughputShare: at.samplesPerSecond / offline,
        p99Ms: at.p99Ms,
        rejected: sum("rejected"),
        errors: sum("errors"),
        rssGrowthMb,
        offlineSamplesPerSecond: offline,
        loads,
      };
      const text = [
        `offline          ${offline.toFixed(0)} samples a second`,
        ...loads.map(
          (each) =>
            `${String(each.connections).padStart(3)} connections  ${each.samplesPerSecond.toFixed(0)} samples a second, p50 ${each.p50Ms} ms, p99 ${each.p99Ms} ms, ${each.rejected} rejected, ${each.errors} errors`,
        ),
        `share at ${compared}      ${json.throughputShare.toFixed(2)}`,
        `memory           grew by ${rssGrowthMb.toFixed(1)} MB over ${requests} requests`,
      ];
      return { json, text: text.join("\n"), failed: json.errors > 0 };
    } finally {
      await service.stop();
    }
  },
};

/** Samples a second of the same batches, drawn in this process. */
async function offlineRate(model: TrainedModel): Promise<number> {
  const images = randomSource(1, "images").uniformArray([batchSize / samples, ...model.sampleShape]);
  const observation = await observe(model.problem(problem), images, { seed: 1 });
  const draw = () => samplePosterior(model, observation, { samples, seed: 1, batchSize });
  await draw();
  // The mean, as the service's figure is one.
  const start = performance.now();
  for (let run = 0; run < offlineRuns; run++) await draw();
  return (1000 * batchSize * offlineRuns) / (performance.now() - start);
}

async function requestOf(model: TrainedModel): Promise<string> {
  const images = randomSource(1, "images").uniformArray([1, ...model.sampleShape]);
  const observation = encodeObservation(await observe(model.problem(problem), images, { seed: 1 }));
  return JSON.stringify({ problem, samples, seed: 1, observation: Buffer.from(observation).toString("base64") });
}

async function startService(checkpoint: string) {
  const argv = [program, "serve", "--checkpoint", checkpoint, "--port", "0", "--batch-size", String(batchSize)];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const address = await new Promise<string>((resolve, reject) => {
    let log = "";
    child.stderr.on("data", (text: Buffer) => {
      if (log.length > 1e5) return;
      log += text.toString();
      const [, found] = /"address":"([^"]+)".*"ready"/.exec(log) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`the service ended: ${log}`)));
  });
  return {
    child,
    address,
    async stop() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** So many requests over so many connections, each of which asks again as soon as it is answered. */
async function load(address: string, body: string, connections: number, amount: number): Promise<LoadFigures> {
  const result = await autocannon({
    url: `${address}/v1/samples`,
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/vnd.safetensors" },
    body,
    connections,
    amount: Math.max(amount, connections),
    timeout: 60,
  });
  const { latency, duration, errors, non2xx } = result;
  const rejected = result.statusCodeStats?.["429"]?.count ?? 0;
  const answered = result["2xx"];
  return {
    connections,
    requests: answered + non2xx,
    samplesPerSecond: (answered * samples) / duration,
    p50Ms: latency.p50,
    p99Ms: latency.p99,
    rejected,
    errors: errors + non2xx - rejected,
  };
}

/** The memory that a process has in use, in MB. Linux alone says it in a file. */
async function residentMegabytes({ pid }: ChildProcess): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
}
