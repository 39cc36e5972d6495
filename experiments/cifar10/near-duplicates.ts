import { type HostArray, hostArray, matmul, max, type NDArray, transpose } from "../../src/array/index.js";
import { runScript } from "../../src/cli/standalone.js";
import { compile } from "../../src/compile/index.js";
import { cifar10 } from "../../src/node/data/cifar10.js";
import { nearDuplicates } from "../../src/node/data/cifar10-near-duplicates.js";
import { fetchedFolder } from "../../src/node/data/fetched-images.js";
import { type PackedImages, readPackedImages } from "../../src/node/data/packed-images.js";

// The test images of CIFAR-10 that nearly repeat a training image: the list of src/node/data/cifar10-near-duplicates.ts. See README.md.
const [limit, side, block] = [0.95, 8, 4];
const length = 3 * side * side;
const [testRows, trainingRows] = [1000, 5000];

/** Each image averaged down to 3 x 8 x 8, its mean removed, its norm 1, mirrored left to right if asked: [count, 192]. */
function reduced({ shape, bytes, labels }: PackedImages, mirror = false): Float32Array {
  const rows = new Float32Array(labels.length * length);
  for (let image = 0; image < labels.length; image++) {
    const row = rows.subarray(image * length, (image + 1) * length);
    for (let k = 0; k < 3 * shape.height * shape.width; k++) {
      const [line, x] = [Math.floor(k / shape.width), k % shape.width];
      const column = Math.floor((mirror ? shape.width - 1 - x : x) / block);
      row[Math.floor(line / block) * side + column] += bytes[image * 3 * shape.height * shape.width + k];
    }
    const mean = row.reduce((sum, value) => sum + value, 0) / length;
    const norm = Math.sqrt(row.reduce((sum, value) => sum + (value - mean) ** 2, 0));
    row.forEach((value, k) => (row[k] = (value - mean) / norm));
  }
  return rows;
}

const batch = (rows: Float32Array, start: number, count: number): HostArray =>
  hostArray(rows.subarray(start * length, (start + count) * length), [count, length]);

await runScript({
  name: "experiments/cifar10/near-duplicates.ts",
  description:
    "find the test images of CIFAR-10 that nearly repeat a training image, and compare them with the list that is kept",
  options: (command) => command,
  example: "npx tsx experiments/cifar10/near-duplicates.ts --json",
  run: async (_, { progress }) => {
    const advice = "run vfm data fetch cifar10";
    const [test, training] = [
      await readPackedImages(fetchedFolder("cifar10", cifar10), "test", advice),
      await readPackedImages(fetchedFolder("cifar10", cifar10), "train", advice),
    ];
    const views = [reduced(test), reduced(test, true)];
    const known = reduced(training);
    const largest = await compile(
      (a: NDArray, b: NDArray) => max(matmul(a, transpose(b)), 1),
      [batch(known, 0, testRows), batch(known, 0, trainingRows)],
    );
    const best = new Float32Array(test.labels.length).fill(-1);
    for (const [i, view] of views.entries())
      for (let start = 0; start < test.labels.length; start += testRows) {
        progress.update((i + start / test.labels.length) / views.length, "test images");
        for (let other = 0; other < training.labels.length; other += trainingRows) {
          const found = await largest.run(batch(view, start, testRows), batch(known, other, trainingRows));
          found.data.forEach((value, k) => (best[start + k] = Math.max(best[start + k], value)));
        }
      }
    await largest.dispose();
    const list = [...best.keys()].filter((index) => best[index] > limit);
    const same = JSON.stringify(list) === JSON.stringify(nearDuplicates);
    const text = `${list.length} images, ${same ? "the same as" : "others than"} those of the list`;
    return { json: { count: list.length, sameAsKept: same, testIndices: list }, text };
  },
});
