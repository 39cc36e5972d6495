import { createHash } from "node:crypto";
import { firstRows, type HostArray, namedLeaves, type Tree } from "../../src/array/index.js";
import { gatherImages } from "../../src/data/index.js";
import { loadImageFolder, loadMnist } from "../../src/node/data/index.js";
import { observe } from "../../src/operators/index.js";
import { loadCheckpoint, readCheckpoint } from "../../src/checkpoint/index.js";
import { samplePosterior, samplePrior } from "../../src/vfm/index.js";
import { readClassifier } from "../../src/classifier/index.js";

/** The folders of the models that ship. */
const modelFolders = ["checkpoints/mnist", "checkpoints/fashion-mnist", "checkpoints/cifar10"];
/** Whose updated samples are kept: problems that the update's few iterations solve, so that they do not magnify rounding. */
const updatedProblems = ["inpaint-random", "super-resolution"];
const classifierFolders = modelFolders.map((folder) => `${folder}-classifier`);

/** Of each shipped checkpoint: how many tensors it holds, and the digest of their names, shapes and values as loaded. */
export async function goldenTensors(): Promise<Record<string, { tensors: number; digest: string }>> {
  const read = [
    ...modelFolders.map(async (folder) => [folder, (await readCheckpoint(folder)).networks] as const),
    ...classifierFolders.map(async (folder) => [folder, (await readClassifier(folder)).parameters] as const),
  ];
  const entries = (await Promise.all(read)).map(([folder, tree]) => [folder, digestOf(tree)] as const);
  return Object.fromEntries(entries);
}

function digestOf(tree: Tree<HostArray>): { tensors: number; digest: string } {
  const hash = createHash("sha256");
  const leaves = namedLeaves(tree);
  for (const { name, array } of leaves) {
    hash.update(`${name} [${array.shape.join(", ")}]`);
    hash.update(array.data);
  }
  return { tensors: leaves.length, digest: hash.digest("hex") };
}

/** Every thirteenth pixel of an array, to five digits after the point. */
const somePixels = ({ data }: HostArray): number[] =>
  Array.from(data.filter((_, i) => i % 13 === 0)).map((value) => Math.round(value * 1e5) / 1e5);

/** Samples of fixed seeds from the shipped models, and the observations that they follow from: some pixels of each. */
export async function goldenSamples(): Promise<Record<string, number[]>> {
  const chosen = Int32Array.of(3, 8);
  const digits = gatherImages(await loadMnist("test"), chosen);
  const samples: Record<string, number[]> = {};
  for (const folder of modelFolders) {
    const { model, problems } = await loadCheckpoint(folder);
    const [channels, height, width] = model.sampleShape;
    const images =
      channels === 1
        ? digits
        : gatherImages(await loadImageFolder("assets/photographs", { channels, height, width }), chosen);
    const keep = (name: string, array: HostArray): void => void (samples[`${folder} ${name}`] = somePixels(array));
    keep("prior", (await samplePrior(model, { samples: 2, seed: 4 })).samples);
    keep("prior, 3 steps", (await samplePrior(model, { samples: 2, seed: 4, steps: 3 })).samples);
    for (const problem of problems) {
      const observation = await observe(problem, images, { seed: 5 });
      const options = { samples: 2, seed: 6 };
      keep(problem.name, (await samplePosterior(model, observation, { ...options, update: false })).samples);
      if (folder !== modelFolders[0]) continue;
      keep(`${problem.name}: A^T y`, observation.transposed);
      if (!updatedProblems.includes(problem.name)) continue;
      keep(`${problem.name}, updated`, (await samplePosterior(model, observation, options)).samples);
    }
    const first = { problem: model.problem("denoise"), transposed: firstRows(images, 1) };
    for (const settings of [{ sampler: "restart" }, { sampler: "ctm", gamma: 0.5 }] as const) {
      const options = { samples: 3, seed: 7, steps: 3, batchSize: 2, update: false, ...settings };
      keep(`denoise, ${settings.sampler}`, (await samplePosterior(model, first, options)).samples);
    }
  }
  return samples;
}
