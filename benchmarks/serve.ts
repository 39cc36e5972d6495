import { randomSource } from "../src/array/index.js";
import { encodeObservation, loadCheckpoint } from "../src/checkpoint/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { checkpointOption, integerOption } from "../src/cli/options.js";
import { disposeCompiled } from "../src/compile/index.js";
import { observe } from "../src/operators/index.js";
import { samplePosterior, type TrainedModel } from "../src/vfm/index.js";
import { askWrongly } from "./load/malformed.js";
import { killUnderLoad } from "./load/restart.js";
import { askRegardless, type OverloadFigures } from "./load/overload.js";
import { askSlowly } from "./load/slow-callers.js";
import { serve, statusOf } from "./load/served.js";
import { load, type LoadFigures } from "./load/throughput.js";
import { residentMegabytes } from "./resident-memory.js";

const problem = "inpaint-box";
/** Number of samples in a request, and in a batch. */
const [samples, batchSize] = [16, 64];
/** Number of batches for timing the sampler without a service, before the service is under load and after it. */
const offlineRuns = 40;
/** The number of connections whose throughput is compared with the offline sampler's. */
const compared = 64;
/** Numbers of connections, and their shares of the requests; the compared one has the largest share. */
const levels = [
  [1, 0.05],
  [8, 0.15],
  [compared, 0.6],
  [256, 0.2],
] as const;
/**
 * A tenth of the requests comes first, also over the most connections, so that everything that is needed at once is
 * allocated.
 */
const warmUpShare = 0.1;
/**
 * Here as many requests may wait as there are connections; under twice the load, as many as in a service by default.
 */
const [wideQueue, usualQueue] = [256, 128];

interface ServeBenchmarkOptions {
  checkpoint: string;
  requests: number;
  malformed: number;
}

/** `bench serve`: `vfm serve` in another process under load and faults, compared with the sampler without a service. */
export const serveBenchmark: CommandDefinition<ServeBenchmarkOptions> = {
  name: "serve",
  description:
    "put vfm serve in another process under load: samples a second against samplePosterior's, memory; twice the load it bears; malformed requests; slow callers; kill and restart",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--requests <n>", "requests over which throughput and memory are watched", integerOption(100), 10_000)
      .option("--malformed <n>", "malformed requests", integerOption(1), 1000),
  example: "npm run bench -- serve --json",
  run: async ({ checkpoint, requests, malformed }, { seed, progress }) => {
    const options = ["--checkpoint", checkpoint, "--batch-size", String(batchSize)];
    const anyPort = ["--port", "0"];
    const { model } = await loadCheckpoint(checkpoint);
    const request = await requestOf(model, seed);
    const body = JSON.stringify(request);

    progress.update(0, "the sampler without a service");
    const offline = [await offlineRate(model, seed)];
    const wide = await serve(...options, ...anyPort, "--queue", String(wideQueue));
    const loads: LoadFigures[] = [];
    let rssGrowthMb: number;
    try {
      for (const connections of [compared, wideQueue])
        await load(wide, { body, connections, amount: Math.ceil((requests * warmUpShare) / 2) });
      const before = await residentMegabytes(wide.child.pid);
      for (const [connections, share] of levels) {
        progress.update(0.1 + 0.15 * loads.length, `${connections} connections`);
        loads.push(await load(wide, { body, connections, amount: Math.ceil(requests * share) }));
      }
      rssGrowthMb = (await residentMegabytes(wide.child.pid)) - before;
    } finally {
      await wide.stop();
    }
    progress.update(0.7, "the sampler without a service");
    offline.push(await offlineRate(model, seed));
    await disposeCompiled();
    const offlineSamplesPerSecond = (offline[0] + offline[1]) / 2;
    const at = loads.find(({ connections }) => connections === compared) ?? loads[0];

    const faults = await withService(options, async (served) => {
      progress.update(0.75, "twice the load");
      const most = Math.max(...loads.map(({ requestsPerSecond }) => requestsPerSecond));
      const twice = { perSecond: 2 * most, seconds: 15, queue: usualQueue };
      const overload = await askRegardless(served, body, twice);
      progress.update(0.8, "malformed requests");
      const wrong = await askWrongly(served, request, { requests: malformed, connections: 100, seed });
      progress.update(0.85, "slow callers");
      const slow = await askSlowly(served, body, 8);
      const alive = await statusOf(served, body);
      return { overload, malformed: wrong, slow, errors: alive === 200 ? 0 : 1 };
    });
    progress.update(0.95, "killed and started again");
    const restart = await killUnderLoad(body, { callers: 16, options });

    const parts = [...loads, faults, faults.overload, faults.malformed, faults.slow, restart];
    const json = {
      throughputShare: (at.requestsPerSecond * samples) / offlineSamplesPerSecond,
      p99Ms: at.p99Ms,
      rejected: [...loads, faults.overload].reduce((sum, { rejected }) => sum + rejected, 0),
      errors: parts.reduce((sum, { errors }) => sum + errors, 0),
      rssGrowthMb,
      requests,
      offlineSamplesPerSecond,
      loads,
      overload: faults.overload,
      malformed: faults.malformed,
      slow: faults.slow,
      restart,
    };
    return { json, text: textOf(json), failed: json.errors > 0 };
  },
};

/** Runs some work with a service with short times and the default queue. */
async function withService<T>(
  options: readonly string[],
  work: (served: Awaited<ReturnType<typeof serve>>) => Promise<T>,
): Promise<T> {
  const times = ["--timeout", "10", "--receive-timeout", "2", "--queue", String(usualQueue)];
  const served = await serve(...options, "--port", "0", ...times);
  try {
    return await work(served);
  } finally {
    await served.stop();
  }
}

/** Samples per second of the same batches, drawn in this process. */
async function offlineRate(model: TrainedModel, seed: number): Promise<number> {
  const images = randomSource(seed, "images").uniformArray([batchSize / samples, ...model.sampleShape]);
  const observation = await observe(model.problem(problem), images, { seed });
  const draw = () => samplePosterior(model, observation, { samples, seed, batchSize });
  await draw();
  // The mean, because the service's figure is a mean.
  const start = performance.now();
  for (let run = 0; run < offlineRuns; run++) await draw();
  return (1000 * batchSize * offlineRuns) / (performance.now() - start);
}

/** The entries of a request for samples. */
async function requestOf(model: TrainedModel, seed: number): Promise<Record<string, unknown>> {
  const images = randomSource(seed, "images").uniformArray([1, ...model.sampleShape]);
  const observation = encodeObservation(await observe(model.problem(problem), images, { seed }));
  return { problem, samples, seed, observation: Buffer.from(observation).toString("base64") };
}

function textOf({
  throughputShare,
  rssGrowthMb,
  requests,
  offlineSamplesPerSecond,
  loads,
  overload,
  malformed,
  slow,
  restart,
  errors,
}: {
  throughputShare: number;
  rssGrowthMb: number;
  requests: number;
  offlineSamplesPerSecond: number;
  loads: readonly LoadFigures[];
  overload: OverloadFigures;
  malformed: Awaited<ReturnType<typeof askWrongly>>;
  slow: Awaited<ReturnType<typeof askSlowly>>;
  restart: Awaited<ReturnType<typeof killUnderLoad>>;
  errors: number;
}): string {
  const figures = ({ requestsPerSecond, p50Ms, p99Ms, rejected, errors: wrong }: LoadFigures): string =>
    `${(samples * requestsPerSecond).toFixed(0)} samples a second, p50 ${p50Ms.toFixed(0)} ms, p99 ${p99Ms.toFixed(0)} ms, ${rejected} rejected, ${wrong} errors`;
  const statuses = Object.entries(malformed.statuses).map(([status, count]) => `${count} x ${status}`);
  return [
    `offline          ${offlineSamplesPerSecond.toFixed(0)} samples a second`,
    ...loads.map((each) => `${String(each.connections).padStart(3)} connections  ${figures(each)}`),
    `share at ${compared}      ${throughputShare.toFixed(2)}`,
    `memory           grew by ${rssGrowthMb.toFixed(1)} MB over ${requests} requests`,
    `twice the load   ${overload.offeredPerSecond.toFixed(0)} requests a second: ${overload.acceptedPerSecond.toFixed(0)} answered, p99 ${overload.p99Ms.toFixed(0)} ms, ${overload.rejected} rejected, ${overload.errors} errors`,
    `malformed        ${malformed.requests} requests: ${statuses.join(", ")}, ${malformed.errors} errors`,
    `slow callers     ${slow.callers}, ${slow.answeredMeanwhile} others answered, p99 ${slow.p99Ms.toFixed(0)} ms, ${slow.heldAfterwards} connections held`,
    `killed           ${restart.answeredBefore} answered before, ${restart.lost} lost, ${restart.answeredAfter} answered after, ${restart.errors} errors`,
    `errors           ${errors}`,
  ].join("\n");
}
