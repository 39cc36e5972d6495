import { spawn } from "node:child_process";
import { link, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { randomSource } from "../src/array/index.js";
import { type CommandDefinition } from "../src/cli/command.js";
import { checkpointOption, integerOption } from "../src/cli/options.js";
import { writePng } from "../src/node/data/index.js";
import { residentMegabytes } from "./resident-memory.js";

const program = fileURLToPath(new URL("../src/cli/main.js", import.meta.url));
/** Number of images in each subfolder. */
const each = 500;

/** `bench folder`: the memory of `vfm restore` over a folder with many images. */
export const folderBenchmark: CommandDefinition<{ checkpoint: string; images: number }> = {
  name: "folder",
  description: "measure the memory of vfm restore, in another process, while it works through a folder of many images",
  options: (command) =>
    command.addOption(checkpointOption()).option("--images <n>", "images in the folder", integerOption(8), 4000),
  example: "npm run bench -- folder --json",
  run: async ({ checkpoint, images }, { seed, progress }) => {
    const folder = await mkdtemp(join(tmpdir(), "vfm-folder-"));
    try {
      // One picture of two tiles, with many names.
      const picture = join(folder, "picture.png");
      await writePng(picture, randomSource(seed).uniformArray([1, 28, 42]));
      for (let i = 0; i < images; i++) {
        const place = join(folder, "images", String(Math.floor(i / each)));
        await mkdir(place, { recursive: true });
        await link(picture, join(place, `${i}.png`));
      }
      const out = join(folder, "out");
      const words = ["--checkpoint", checkpoint, "--problem", "denoise", "--samples", "1", "--out", out];
      const child = spawn(process.execPath, [program, "restore", join(folder, "images"), ...words], {
        stdio: "ignore",
      });
      const found: { done: number; megabytes: number }[] = [];
      while (child.exitCode === null && child.signalCode === null) {
        await setTimeout(200);
        const done = await linesOf(join(out, "manifest.jsonl"));
        const megabytes = await residentMegabytes(child.pid);
        if (done === 0 || Number.isNaN(megabytes)) continue;
        progress.update(done / images, "images");
        found.push({ done, megabytes });
      }
      const quarter = (from: number): number =>
        median(
          found
            .filter(({ done }) => done >= from * images && done <= (from + 0.25) * images)
            .map((one) => one.megabytes),
        );
      const [second, last] = [quarter(0.25), quarter(0.75)];
      const json = { images, exitCode: child.exitCode, secondQuarterMegabytes: second, lastQuarterMegabytes: last };
      const text = `${images} images: ${second.toFixed(0)} MB in the second quarter, ${last.toFixed(0)} MB in the last`;
      return { json, text, failed: child.exitCode !== 0 };
    } finally {
      await rm(folder, { recursive: true });
    }
  },
};

async function linesOf(path: string): Promise<number> {
  const text = await readFile(path, "utf8").catch(() => "");
  return text.split("\n").length - 1;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? NaN;
}
