import { type TopLevelSpec } from "vega-lite";
import { type CommandDefinition } from "../../src/cli/command.js";
import { requireWritable } from "../../src/cli/outputs.js";
import { runScript } from "../../src/cli/standalone.js";
import { InputError } from "../../src/errors.js";
import { drawChart } from "../../src/report/index.js";
import { writeFileAtomically } from "../../src/storage/index.js";
import { type LogLine, readLog } from "../../src/train/index.js";

/** The options of the script. */
interface LossCurveOptions {
  log: string;
  out: string;
}

const lossCurves: CommandDefinition<LossCurveOptions> = {
  name: "experiments/loss-curves/main.ts",
  description: "draw the log of a training run as an SVG",
  argument: { name: "<log>", description: "the log.jsonl of a run", key: "log" },
  options: (command) => command.requiredOption("--out <svg>", "the picture"),
  example: "npx tsx experiments/loss-curves/main.ts runs/mine/log.jsonl --out curves.svg",
  run: async ({ log, out }) => {
    await requireWritable(out, "file");
    const lines = await readLog(log);
    if (lines.length === 0) throw new InputError(`${log} has no lines: name the log.jsonl of a run`);
    await writeFileAtomically(out, await chart(lines));
    return { json: { log, out, lines: lines.length }, text: `The curves of ${lines.length} lines are in ${out}` };
  },
};

/** One panel a stage, next to each other; the measures over the minutes, on a logarithmic scale. */
async function chart(log: LogLine[]): Promise<string> {
  const stages = [...new Set(log.map(({ stage }) => stage))];
  const values = log.flatMap(({ stage, seconds, measures }) =>
    Object.entries(measures)
      .filter(([name, value]) => !isNoLoss(name) && value > 0)
      .map(([measure, value]) => ({ stage, minutes: seconds / 60, measure, value })),
  );
  const spec: TopLevelSpec = {
    $schema: "https://vega.github.io/schema/vega-lite/v6.json",
    data: { values },
    hconcat: stages.map((stage) => ({
      title: log.find((line) => line.stage === stage)?.kind ?? "",
      width: 260,
      height: 220,
      transform: [{ filter: { field: "stage", equal: stage } }],
      mark: { type: "line", strokeWidth: 1.5 },
      encoding: {
        x: { field: "minutes", type: "quantitative", title: "minutes" },
        y: { field: "value", type: "quantitative", title: null, scale: { type: "log", nice: false } },
        color: { field: "measure", type: "nominal", title: null },
      },
    })),
    resolve: { scale: { y: "independent" } },
  };
  return (await drawChart(spec)).svg;
}

/** Gradients' norms and the adapter's moments are logged too, but are no losses. */
function isNoLoss(measure: string): boolean {
  return measure.startsWith("gradient norm") || measure.startsWith("adapter");
}

await runScript(lossCurves);
