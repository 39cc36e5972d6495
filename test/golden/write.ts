/**
 * Writes the golden files, what has to stay as it is while the code is rebuilt:
 *
 *     npx tsx test/golden/write.ts [seeds] [trees] [tensors] [samples] [training]
 *
 * all of them if none is named.
 */
import { goldenSamples, goldenTensors } from "./checkpoints.js";
import { writeGolden } from "./files.js";
import { goldenSeeds } from "./seeds.js";
import { goldenTraining } from "./training.js";
import { goldenTrees } from "./trees.js";

const golden = {
  seeds: goldenSeeds,
  trees: goldenTrees,
  tensors: goldenTensors,
  samples: goldenSamples,
  training: goldenTraining,
};

const named = process.argv.slice(2);
for (const [name, make] of Object.entries(golden))
  if (named.length === 0 || named.includes(name)) await writeGolden(name, await make());
