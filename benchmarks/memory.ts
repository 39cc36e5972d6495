import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { samplerEngine } from "../src/baselines/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { integerOption } from "../src/cli/options.js";
import { disposeCompiled, liveFunctions } from "../src/compile/index.js";
import { mixedCall, mixedModel } from "./mixed-calls.js";

const measurements = 40;
/** Allowed growth of the memory between the second and the last quarter of the calls, in MB. */
const allowedMegabytes = 32;

/** The memory after a number of calls. */
interface Measurement {
  calls: number;
  /** The process's memory in MB, after garbage collection. */
  megabytes: number;
  /** Number of functions that are compiled and not freed. */
  functions: number;
}

/** `bench memory`: the memory of a process that makes many different calls. */
export const memoryBenchmark: CommandDefinition<{ calls: number }> = {
  name: "memory",
  description: "measure the memory of a process over many calls of changing sizes, problems and samplers",
  options: (command) => command.option("--calls <n>", "calls", integerOption(measurements), 10_000),
  example: "npm run bench -- memory --json",
  run: async ({ calls }, { progress }) => {
    const collectGarbage = garbageCollector();
    const model = mixedModel();
    const engine = samplerEngine();
    const found: Measurement[] = [];
    const every = Math.floor(calls / measurements);
    for (let call = 1; call <= calls; call++) {
      await mixedCall(model, engine, call);
      if (call % every !== 0) continue;
      progress.update(call / calls, "calls");
      collectGarbage();
      found.push({ calls: call, megabytes: process.memoryUsage().rss / 2 ** 20, functions: liveFunctions() });
    }
    await engine.dispose();
    await disposeCompiled();
    const quarter = (from: number): number =>
      median(found.slice(from * found.length, (from + 0.25) * found.length).map(({ megabytes }) => megabytes));
    const [second, last] = [quarter(0.25), quarter(0.75)];
    const most = Math.max(...found.map(({ functions }) => functions));
    const json = {
      calls,
      secondQuarterMegabytes: second,
      lastQuarterMegabytes: last,
      mostFunctions: most,
      functionsLeft: liveFunctions(),
      measurements: found,
    };
    const text = `${calls} calls: ${second.toFixed(0)} MB in the second quarter, ${last.toFixed(0)} MB in the last; at most ${most} compiled functions`;
    return { json, text, failed: last - second > allowedMegabytes };
  },
};

function garbageCollector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
