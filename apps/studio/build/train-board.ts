/**
 * Trains the checkerboard's models that the Learn page shows, with the settings of the Train page and many more steps:
 * `npx tsx apps/studio/build/train-board.ts [folder]`. It takes some minutes.
 */
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { train } from "variational-flow-maps/train";
import { boardAdapter, boardFlowMap, observed, points } from "../src/checkerboard/worker/networks.js";
import { firstSettings, type RunLength } from "../src/train/settings.js";
import { sides } from "../src/train/worker/services.js";
import { flowMapStages, sideStage } from "../src/train/worker/stages.js";
import { boardModels } from "./board-models.js";
import { root } from "./folders.js";

const length: RunLength = { flowMatching: 3000, meanFlow: 2000, adapters: 3000, batchSize: 512 };
const seed = 1;

const [, , folder = join(root, boardModels)] = process.argv;
const scratch = await mkdtemp(join(tmpdir(), "vfm-board-"));
const flowMap = boardFlowMap(firstSettings.width);
const data = points(50_000, seed);
const onProgress = ({ kind, step, steps, measures }: { kind: string; step: number; steps: number; measures: object }) =>
  console.log(`${kind} ${step}/${steps} ${JSON.stringify(measures)}`);
const base = await train(
  { data, flowMap, stages: flowMapStages(firstSettings, length), seed, logEvery: 500 },
  { onProgress },
);
for (const side of sides) {
  const out = join(scratch, side);
  const { checkpoint = "" } = await train(
    {
      data,
      flowMap,
      adapter: boardAdapter(),
      problems: [observed],
      stages: [sideStage(side, firstSettings, length)],
      initial: { flowMap: base.networks.flowMap },
      seed,
      logEvery: 500,
      checkpointPrecision: "float16",
    },
    { out, onProgress },
  );
  await cp(checkpoint, join(folder, side), { recursive: true });
}
await rm(scratch, { recursive: true });
