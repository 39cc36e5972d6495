import { hostArray, type HostArray, type NDArray, randomSource } from "../src/array/index.js";
import { loadCheckpoint } from "../src/checkpoint/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { shippedCheckpoint } from "../src/cli/package-folder.js";
import { compile } from "../src/compile/index.js";
import { gatherImages } from "../src/data/index.js";
import { coverage, meanCrps, misfit, uncertainPixels } from "../src/metrics/index.js";
import { loadMnist } from "../src/node/data/index.js";
import { type Problem } from "../src/operators/index.js";
import { imageTiling, restoreImage, type RestoreImageOptions } from "../src/tiles/index.js";
import { seamRatio, tileBorders } from "./seams.js";

const side = 28;
const [height, width] = [5 * side, 7 * side];
const digits = 40;
const samples = 16;
const problems = ["denoise", "super-resolution", "gaussian-blur"];

const ways: Record<string, Pick<RestoreImageOptions, "overlap" | "sharedNoise" | "keepVariance">> = {
  "side by side, noise of their own": { overlap: 0, sharedNoise: false, keepVariance: false },
  "side by side, shared noise": { overlap: 0, sharedNoise: true, keepVariance: false },
  "half overlap, noise of their own": { overlap: 0.5, sharedNoise: false, keepVariance: false },
  "half overlap, shared noise": { overlap: 0.5, sharedNoise: true, keepVariance: false },
  "the same, variance kept": { overlap: 0.5, sharedNoise: true, keepVariance: true },
};

/** The measurements of one way to blend tiles. */
interface TileFigures {
  /**
   * Mean difference of the samples' neighbouring pixels across a tile's border relative to elsewhere, divided by the
   * same for the truth: 1 is no seam.
   */
  seam: number;
  /** Variance of the samples divided by the weighted mean of the tiles' own variances. */
  varianceShare: number;
  crps: number;
  coverage90: number;
  misfit: number;
}

/** `bench tiles`: the effect of tiles on the posterior of a canvas of digits. */
export const tilesBenchmark: CommandDefinition<Record<string, never>> = {
  name: "tiles",
  description: "measure seams, variance and scores of a canvas of digits that is restored by tiles, in several ways",
  options: (command) => command,
  example: "npm run bench -- tiles --json",
  run: async (_options, { seed, progress }) => {
    const { model } = await loadCheckpoint(shippedCheckpoint("mnist"));
    const truth = await canvas(seed);
    const found: Record<string, Record<string, TileFigures>> = {};
    for (const [place, name] of problems.entries()) {
      const problem = model.problem(name);
      const predict = await compile(
        (x: NDArray) => problem.observation.predict(x, {}),
        [{ shape: [samples, ...truth.shape], type: "float32" }],
      );
      const restored = async (way: keyof typeof ways) => {
        const options = { samples, seed, degrade: true, ...ways[way] };
        const borders = imageTiling(model, problem, { height, width }, options);
        return { ...(await restoreImage(model, problem, truth, options)), borders };
      };
      found[name] = {};
      let kept = 0;
      // The last one keeps the tiles' variance; the others are measured relative to it.
      for (const [index, way] of Object.keys(ways).reverse().entries()) {
        progress.update((place + index / 5) / problems.length, `${name}, ${way}`);
        const { samples: drawn, observation, borders } = await restored(way);
        const variance = pixelVariance(drawn);
        if (ways[way].keepVariance === true) kept = variance;
        const lines = tileBorders(borders);
        const predicted = await predict.run(drawn);
        found[name][way] = {
          seam: seamRatio(drawn, lines) / seamRatio(hostArray(truth.data, [1, ...truth.shape]), lines),
          varianceShare: variance / kept,
          crps: meanCrps(drawn.data, truth.data).fair,
          coverage90: share(coverage(drawn.data, truth.data, uncertainPixels(drawn.data, truth.data))),
          misfit: meanMisfit(problem, observation, predicted),
        };
      }
      await predict.dispose();
    }
    const line = ([way, figures]: [string, TileFigures]): string =>
      `  ${way.padEnd(33)} ${Object.entries(figures)
        .map(([name, value]: [string, number]) => `${name} ${value.toFixed(3)}`)
        .join(", ")}`;
    const text = Object.entries(found).flatMap(([name, all]) => [name, ...Object.entries(all).map(line)]);
    return { json: { image: [height, width], samples, seed, problems: found }, text: text.join("\n") };
  },
};

const share = ({ covered, pixels }: { covered: number; pixels: number }): number => covered / pixels;

/** Held-out digits at random places of one image. */
async function canvas(seed: number): Promise<HostArray> {
  const { data } = gatherImages(
    await loadMnist("test"),
    Int32Array.from({ length: digits }, (_, i) => i),
  );
  const random = randomSource(seed, "canvas");
  const image = new Float32Array(height * width).fill(-1);
  for (let digit = 0; digit < digits; digit++) {
    const [top, left] = [random.integer(height - side + 1), random.integer(width - side + 1)];
    for (let row = 0; row < side; row++)
      for (let column = 0; column < side; column++) {
        const at = (top + row) * width + left + column;
        image[at] = Math.max(image[at], data[(digit * side + row) * side + column]);
      }
  }
  return hostArray(image, [1, height, width]);
}

function pixelVariance({ shape: [count], data }: HostArray): number {
  const size = data.length / count;
  let total = 0;
  for (let pixel = 0; pixel < size; pixel++) {
    let [sum, squares] = [0, 0];
    for (let at = pixel; at < data.length; at += size) {
      sum += data[at];
      squares += data[at] ** 2;
    }
    total += squares / count - (sum / count) ** 2;
  }
  return total / size;
}

function meanMisfit({ observation: { sigma } }: Problem, y: HostArray, predicted: HostArray): number {
  const size = y.data.length;
  let sum = 0;
  for (let i = 0; i < samples; i++)
    sum += misfit(y.data, predicted.data.subarray(i * size, (i + 1) * size), sigma, size);
  return sum / samples;
}
