import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { bundleForBrowser, root } from "../browser/bundle.js";
import { chromiumPath, startChromium } from "../browser/chromium.js";
import { servePage } from "../browser/server.js";

const run = async (file: string, ...options: string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)("npx", ["tsx", `examples/${file}`, ...options], { cwd: root });
  return stdout;
};

/** What each example prints, and how far it may be from what it is meant to show. */
const shown: Readonly<Record<string, (output: string) => void>> = {
  "quickstart.ts": (output) => {
    expect(output).toBe("samples: [2, 8, 1, 28, 28], network evaluations: 1\n");
  },
  "own-data.ts": (output) => {
    const [share, above, below] = numbersIn(output.replace(/x2 =/g, ""));
    expect(share).toBeGreaterThan(40);
    expect(share).toBeLessThan(60);
    expect(Math.abs(above - 1)).toBeLessThan(0.15);
    expect(Math.abs(below + 1)).toBeLessThan(0.15);
  },
  "own-network.ts": (output) => {
    expect(meanDistance(output)).toBeLessThan(0.25);
  },
  "own-noise.ts": (output) => {
    expect(meanDistance(output.replace(/photons +\d+/g, ""))).toBeLessThan(0.25);
  },
  "own-operator.ts": (output) => {
    const [ofTranspose, ofMean] = numbersIn(output.replace("16 posterior", ""));
    expect(ofMean).toBeGreaterThan(ofTranspose + 1);
  },
  "calibrate-any-sampler.ts": (output) => {
    const [exact, sure, prior] = output.split("\n");
    expect(exact).toMatch(/passes every test/);
    expect(sure).toMatch(/is caught by .*coverage/);
    expect(prior).toMatch(/is caught by .*tarp-observation/);
  },
};

const numbersIn = (text: string): number[] => (text.match(/-?\d+(\.\d+)?/g) ?? []).map(Number);

/** How far the middles of the intervals are from the truths, on average. */
function meanDistance(output: string): number {
  const rows = output
    .trim()
    .split("\n")
    .map((line) => numbersIn(line.replace("90 %", "")));
  const distances = rows.map(([truth, low, high]) => Math.abs((low + high) / 2 - truth));
  return distances.reduce((sum, distance) => sum + distance) / distances.length;
}

describe("the examples", () => {
  it("are all here", async () => {
    const files = (await readdir(join(root, "examples"))).filter((name) => name.endsWith(".ts"));
    expect(files.sort()).toEqual(Object.keys(shown).sort());
  });

  it("import the package by its public names alone", async () => {
    for (const file of [...Object.keys(shown), "browser/page.ts", "browser/build.ts"]) {
      const text = await readFile(join(root, "examples", file), "utf8");
      const imports = [...text.matchAll(/from "([^"]+)"/g)].map(([, name]) => name);
      for (const name of imports) expect(name, file).toMatch(/^(variational-flow-maps(\/[a-z]+)?|node:.*|esbuild)$/);
    }
  });

  it.each(Object.entries(shown))(
    "run: %s",
    async (file, check) => {
      check(await run(file));
    },
    300_000,
  );

  it("write a picture where a file is named", async () => {
    const folder = await mkdtemp(join(tmpdir(), "example-"));
    try {
      await run("quickstart.ts", join(folder, "samples.png"));
      expect(await readdir(folder)).toEqual(["samples.png"]);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it.skipIf(chromiumPath === undefined)("run in a page", async () => {
    const bundled = await bundleForBrowser({ entryPoints: ["examples/browser/page.ts"] });
    const html = await readFile(join(root, "examples/browser/index.html"), "utf8");
    const server = await servePage(bundled.outputFiles[0].contents, true, html);
    const browser = await startChromium();
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.waitForFunction(() => document.querySelector("#status")?.textContent?.includes("31 samples"));
      const drawn = await page.evaluate(() => {
        const canvas = document.querySelector("canvas");
        const pixels = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
        return Array.from(pixels).filter((value, i) => i % 4 === 0 && value > 128).length;
      });
      expect(drawn).toBeGreaterThan(500);
    } finally {
      await browser.close();
      await server.close();
    }
  });
});
