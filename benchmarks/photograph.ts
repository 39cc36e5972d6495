import { join } from "node:path";
import sharp from "sharp";
import { hostArray, type HostArray, hostZeros } from "../src/array/index.js";
import { loadCheckpoint } from "../src/checkpoint/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { requireWritable } from "../src/cli/outputs.js";
import { checkpointOption, integerOption, problemOption } from "../src/cli/options.js";
import { encodePng, readWholeImage } from "../src/node/data/index.js";
import { packageFolder } from "../src/platform/node/index.js";
import { meanOf } from "../src/report/index.js";
import { writeFileAtomically } from "../src/storage/index.js";
import { imageTiling, restoreImage } from "../src/tiles/index.js";
import { seamRatio, tileBorders } from "./seams.js";

const photograph = join(packageFolder(), "benchmarks", "photograph", "mountain.jpg");

interface PhotographOptions {
  checkpoint: string;
  problem: string;
  image?: string;
  samples: number;
  out: string;
}

/**
 * `bench photograph`: a photograph restored by tiles with a model of small images; it shows whether there are seams.
 */
export const photographBenchmark: CommandDefinition<PhotographOptions> = {
  name: "photograph",
  description:
    "degrade a photograph and restore it by tiles; measure seams, and put y, the mean and a sample side by side into one picture",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .addOption(problemOption())
      .option("--image <file>", "the photograph (default: the mountain of 1,024 x 768 pixels)")
      .option("--samples <n>", "samples to draw", integerOption(1), 4)
      .option("--out <file>", "the picture, .jpg or .png", join("out", "photograph.jpg")),
  example: "npm run bench -- photograph --checkpoint mnist --problem super-resolution --json",
  run: async ({ checkpoint, problem: name, image: path = photograph, samples, out }, { seed, progress }) => {
    await requireWritable(out, "file");
    const { model } = await loadCheckpoint(checkpoint);
    const problem = model.problem(name);
    const options = { samples, seed, degrade: true };
    const [channels] = model.sampleShape;
    const { image } = await readWholeImage(path, channels, (size) => imageTiling(model, problem, size, options, path));
    const onBatch = (done: number): void => progress.update(done, path);
    const restored = await restoreImage(model, problem, image, { ...options, onBatch });
    const [, , height, width] = restored.samples.shape;
    const size = channels * height * width;
    const truth = part(image, { left: 0, height, width });
    const borders = tileBorders(imageTiling(model, problem, { height, width }, options, path));
    const mean = meanOf(restored.samples);
    const seamOf = (images: HostArray): number =>
      seamRatio(images, borders) / seamRatio(hostArray(truth.data, [1, channels, height, width]), borders);
    const sample = hostArray(restored.samples.data.slice(0, size), [channels, height, width]);
    const observation = enlarged(restored.observation, height, width);
    const shown = [observation, mean, sample];
    await writeFileAtomically(out, await sideBySide(shown, out.endsWith(".png")));
    const json = {
      problem: name,
      seed,
      samples,
      size: { width, height },
      tiles: restored.tiles,
      seamOfSamples: seamOf(restored.samples),
      seamOfMean: seamOf(hostArray(mean.data, [1, channels, height, width])),
      rmsErrorOfObservation: rmsDifference(truth, observation),
      rmsError: rmsDifference(truth, mean),
      out,
    };
    const text = `${width} x ${height} pixels, ${json.tiles} tiles: seam ${json.seamOfSamples.toFixed(3)} of the samples, ${json.seamOfMean.toFixed(3)} of their mean; rms error ${json.rmsErrorOfObservation.toFixed(3)} of y, ${json.rmsError.toFixed(3)} of the mean; ${out}`;
    return { json, text };
  },
};

function rmsDifference(a: HostArray, b: HostArray): number {
  let sum = 0;
  for (let i = 0; i < a.data.length; i++) sum += (a.data[i] - b.data[i]) ** 2;
  return Math.sqrt(sum / a.data.length);
}

/** The columns of an image from `left`. */
function part(
  { shape: [channels, fullHeight, fullWidth], data }: HostArray,
  { left, height, width }: { left: number; height: number; width: number },
): HostArray {
  const cut = hostZeros([channels, height, width]);
  for (let channel = 0; channel < channels; channel++)
    for (let row = 0; row < height; row++) {
      const from = (channel * fullHeight + row) * fullWidth + left;
      cut.data.set(data.subarray(from, from + width), (channel * height + row) * width);
    }
  return cut;
}

/** An image enlarged to a size by repeating every pixel. */
function enlarged(
  { shape: [channels, ownHeight, ownWidth], data }: HostArray,
  height: number,
  width: number,
): HostArray {
  const result = hostZeros([channels, height, width]);
  for (let channel = 0; channel < channels; channel++)
    for (let row = 0; row < height; row++)
      for (let column = 0; column < width; column++)
        result.data[(channel * height + row) * width + column] =
          data[
            (channel * ownHeight + Math.floor((row * ownHeight) / height)) * ownWidth +
              Math.floor((column * ownWidth) / width)
          ];
  return result;
}

/** One picture of several images of one size: a part of each, from left to right. */
async function sideBySide(images: readonly HostArray[], asPng: boolean): Promise<Buffer> {
  const [, height, width] = images[0].shape;
  const starts = images.map((_, i) => Math.round((i * width) / images.length));
  const parts = images.map(async (image, i) => ({
    input: await encodePng(part(image, { left: starts[i], height, width: (starts[i + 1] ?? width) - starts[i] })),
    left: starts[i],
    top: 0,
  }));
  const picture = sharp({ create: { width, height, channels: 3, background: "black" } }).composite(
    await Promise.all(parts),
  );
  return (asPng ? picture.png() : picture.jpeg({ quality: 85 })).toBuffer();
}
