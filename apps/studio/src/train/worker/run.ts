import { type HostArray, mapHostTree, type Tree } from "variational-flow-maps/array";
import { train, type TrainProgress } from "variational-flow-maps/train";
import { boardAdapter, boardFlowMap, observed, points } from "../../checkerboard/worker/networks.js";
import { startEngine } from "../../engine/index.js";
import { firstSettings, sharesFlowMap, shortRun, type TrainSettings } from "../settings.js";
import { emptyDesk, putBoth } from "./desk.js";
import { openGate } from "./gate.js";
import { hearMessages } from "./messages.js";
import { type Reporter, reporterOf } from "./reporter.js";
import { type Side, sides, type TrainReport } from "./services.js";
import { flowMapStages, sideStage } from "./stages.js";

const seed = 1;

export const desk = emptyDesk(0);
export const gate = openGate();

/** A trained flow map and its settings. */
let kept: { settings: TrainSettings; flowMap: Tree<HostArray> } | undefined;
let chosen = firstSettings;
/** The end of the previous run: two runs at once would write to the same desk. */
let last = Promise.resolve();

/** Takes other settings for the parts of a run that have not begun. */
export function choose(settings: TrainSettings): void {
  chosen = settings;
}

/** Forgets all that was trained. */
export function forget(): void {
  kept = undefined;
  desk.clear();
}

/** Trains the flow map, unless there is one for these settings, then both sides from it, their steps in alternation. */
export function trainRequest(
  request: { site: string; settings: TrainSettings; y: number },
  report: (report: TrainReport) => void,
  signal: AbortSignal,
): Promise<void> {
  // What is chosen while the run before it ends comes later.
  chosen = request.settings;
  const run = last.then(() => trainAll(request, report, signal));
  last = run.catch(() => undefined);
  return run;
}

async function trainAll(
  { site, settings, y }: { site: string; settings: TrainSettings; y: number },
  report: (report: TrainReport) => void,
  signal: AbortSignal,
): Promise<void> {
  const told = reporterOf(desk, report);
  desk.y = y;
  signal.throwIfAborted();
  signal.addEventListener("abort", () => gate.open());
  await startEngine(site, "wasm");
  if (kept === undefined || !sharesFlowMap(kept.settings, settings)) {
    told.part({ name: "flow-matching", compiling: true });
    kept = undefined;
    await desk.prepare(settings.width);
    kept = { settings, flowMap: await trainFlowMap(settings, told, signal) };
  }
  const { flowMap } = kept;
  const own = chosen;
  told.part({ name: "adapters", compiling: true });
  putBoth(desk, { flowMap });
  // If one side fails or is stopped, the other must not continue beside the next run.
  const ends = await Promise.allSettled(sides.map((side) => trainSide(side, own, flowMap, told, signal)));
  for (const end of ends) if (end.status === "rejected") throw end.reason;
  await told.finish();
}

async function trainFlowMap(settings: TrainSettings, told: Reporter, signal: AbortSignal): Promise<Tree<HostArray>> {
  const stages = flowMapStages(settings, shortRun);
  const networks = { flowMap: boardFlowMap(settings.width) };
  const result = await train(
    { data: points(20_000, seed), ...networks, stages, seed, logEvery: 1 },
    {
      signal,
      onProgress: async (progress) => {
        const { stage, step, measures } = progress;
        told.part({ name: stage === 0 ? "flow-matching" : "mean-flow", compiling: false });
        const before = stages.slice(0, stage).reduce((sum, each) => sum + each.steps, 0);
        putBoth(desk, { flowMap: progress.networks.flowMap });
        await told.step({ network: "flowMap", step: before + step - 1, flow: measures.meanFlow ?? measures.loss });
        await pause(signal);
        if (step === stages[stage].steps && stage === 0) told.part({ name: "mean-flow", compiling: true });
      },
    },
  );
  signal.throwIfAborted();
  return copied(result.networks.flowMap);
}

async function trainSide(
  side: Side,
  settings: TrainSettings,
  flowMap: Tree<HostArray>,
  told: Reporter,
  signal: AbortSignal,
): Promise<void> {
  const put = ({ networks }: Pick<TrainProgress, "networks">): void =>
    desk.put(side, { flowMap: networks.flowMap, adapter: networks.adapter });
  const run = {
    data: points(20_000, seed),
    flowMap: boardFlowMap(settings.width),
    adapter: boardAdapter(),
    problems: [observed],
    stages: [sideStage(side, settings, shortRun)],
    initial: { flowMap },
    seed,
    logEvery: 1,
  };
  const { networks } = await train(run, {
    signal,
    onProgress: async (progress) => {
      const { step, measures } = progress;
      told.part({ name: "adapters", compiling: false });
      put(progress);
      const { meanFlow: flow, observation, kl } = measures;
      await told.step({ network: side, step: step - 1, flow, adapter: observation + kl });
      await pause(signal);
    },
  });
  signal.throwIfAborted();
  put({ networks: { flowMap: copied(networks.flowMap), adapter: copied(networks.adapter) } });
}

/** Between two steps: receives the page's messages, and waits while the run is paused. */
async function pause(signal: AbortSignal): Promise<void> {
  await hearMessages();
  if (!signal.aborted) await gate.pass();
}

const copied = (parameters: Tree<HostArray>): Tree<HostArray> =>
  mapHostTree(parameters, ({ data, shape }) => ({ data: data.slice(), shape }));
