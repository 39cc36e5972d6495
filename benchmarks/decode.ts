import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { Worker } from "node:worker_threads";
import sharp from "sharp";
import { randomSource } from "../src/array/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { integerOption } from "../src/cli/options.js";
import { openImageStream } from "../src/node/data/index.js";
import { type DecodeOrder } from "./decode-worker.js";

const shape = { channels: 3, height: 256, width: 256 };

/** `bench decode`: reading JPEG files of ImageNet's size, with the stream of the main thread and in worker threads. */
export const decodeBenchmark: CommandDefinition<{ images: number; workers: number }> = {
  name: "decode",
  description: "time the decoding of JPEG files by the image stream and by worker threads",
  options: (command) =>
    command
      .option("--images <n>", "images of 500 x 375 pixels", integerOption(1), 64)
      .option("--workers <n>", "worker threads", integerOption(1), 2),
  example: "npm run bench -- decode --json",
  run: async ({ images, workers: count }, { seed, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), "vfm-decode-"));
    try {
      await writeImages(folder, images, seed);
      const all = Int32Array.from({ length: images }, (_, i) => i);
      const stream = await openImageStream(folder, shape);
      const workers = Array.from({ length: count }, () => new Worker(new URL("./decode-worker.js", import.meta.url)));
      const share = Math.ceil(images / count);
      const parts = workers.map((_, i) => all.slice(i * share, (i + 1) * share));
      const ask = (worker: Worker, indices: Int32Array): Promise<unknown> =>
        new Promise((resolve, reject) => {
          worker.once("message", resolve).once("error", reject);
          worker.postMessage({ folder, shape, indices } satisfies DecodeOrder);
        });
      let [streamMs, workersMs, mainThreadShare] = [Infinity, Infinity, 0];
      // In turn, so that other processes disturb both alike; the first round is not counted.
      for (let round = 0; round < 5; round++) {
        progress.update(round / 5, `round ${round + 1}`);
        const before = performance.eventLoopUtilization();
        const start = performance.now();
        await stream.take(all);
        const middle = performance.now();
        const { utilization } = performance.eventLoopUtilization(before);
        await Promise.all(workers.map((worker, i) => ask(worker, parts[i])));
        const end = performance.now();
        if (round === 0) continue;
        if (middle - start < streamMs) mainThreadShare = utilization;
        streamMs = Math.min(streamMs, middle - start);
        workersMs = Math.min(workersMs, end - middle);
      }
      await Promise.all(workers.map((worker) => worker.terminate()));
      const json = {
        images,
        workers: count,
        streamMs: streamMs / images,
        workersMs: workersMs / images,
        ratio: workersMs / streamMs,
        mainThreadShare,
      };
      const text = [
        `image stream    ${json.streamMs.toFixed(2)} ms an image, the main thread busy for ${(100 * mainThreadShare).toFixed(0)} % of it`,
        `worker threads  ${json.workersMs.toFixed(2)} ms an image: ${json.ratio.toFixed(2)} times as long`,
      ];
      return { json, text: text.join("\n") };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};

/** Writes JPEG files with the detail of photographs: noise of several scales. */
async function writeImages(folder: string, count: number, seed: number): Promise<void> {
  await mkdir(join(folder, "n00000000"), { recursive: true });
  const [width, height] = [500, 375];
  for (let i = 0; i < count; i++) {
    const random = randomSource(seed, "image", i);
    const coarse = Uint8Array.from({ length: 48 * 36 * 3 }, () => 255 * random.uniform());
    await sharp(coarse, { raw: { width: 48, height: 36, channels: 3 } })
      .resize(width, height, { kernel: "cubic" })
      .jpeg({ quality: 95 })
      .toFile(join(folder, "n00000000", `${i}.JPEG`));
  }
}
