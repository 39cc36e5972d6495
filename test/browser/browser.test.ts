import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gatherImages } from "../../src/data/index.js";
import { loadMnist } from "../../src/node/data/index.js";
import { bundleForBrowser, root } from "./bundle.js";
import { rootMeanSquare, tolerance } from "./agreement.js";
import { chromiumPath, startChromium } from "./chromium.js";
import type * as scenario from "./scenario.js";
import { lossesOfTraining, samplesOfProblems } from "./scenario.js";
import { servePage } from "./server.js";

declare const page: typeof scenario & { availableThreads(): number };

const lacking = chromiumPath === undefined ? ": skipped, for there is no Chromium (apt-get install chromium)" : "";

describe.skipIf(chromiumPath === undefined)(`in Chromium${lacking}`, () => {
  let browser: Browser;
  let script: Uint8Array;
  let image: number[];
  let ofNode: { samples: Record<string, number[]>; losses: number[] };
  beforeAll(async () => {
    browser = await startChromium();
    script = (await bundleForBrowser({ entryPoints: ["test/browser/page.ts"] })).outputFiles[0].contents;
    image = Array.from(gatherImages(await loadMnist("test"), [20]).data);
    ofNode = {
      samples: await samplesOfProblems(`${root}/checkpoints/mnist`, image),
      losses: await lossesOfTraining(),
    };
  });
  afterAll(() => browser.close());

  describe.each([
    ["a page that is isolated, on threads", true],
    ["any other page, on one thread", false],
  ])("%s", (_, isolated) => {
    let server: Awaited<ReturnType<typeof servePage>>;
    let tab: Page;
    beforeAll(async () => {
      server = await servePage(script, isolated);
      tab = await browser.newPage();
      await tab.goto(server.url);
    });
    afterAll(async () => {
      await tab.close();
      await server.close();
    });

    it("samples all six problems as Node does", async () => {
      const threads = await tab.evaluate(() => [
        crossOriginIsolated,
        page.availableThreads(),
        navigator.hardwareConcurrency,
      ]);
      expect(threads).toEqual([isolated, isolated ? threads[2] : 1, threads[2]]);
      const samples = await tab.evaluate((values) => page.samplesOfProblems("/checkpoints/mnist", values), image);
      expect(Object.keys(samples)).toHaveLength(12);
      expect(Object.keys(samples)).toEqual(Object.keys(ofNode.samples));
      for (const [name, values] of Object.entries(samples))
        expect(rootMeanSquare(values, ofNode.samples[name]), name).toBeLessThan(tolerance);
    });

    it("trains with Node's losses", async () => {
      const losses = await tab.evaluate(() => page.lossesOfTraining());
      expect(losses).toHaveLength(3);
      losses.forEach((loss, i) => expect(Math.abs(loss / ofNode.losses[i] - 1)).toBeLessThan(1e-5));
      expect(await tab.evaluate(() => page.lossesOfRunsTogether())).toEqual([losses, losses, losses]);
    });

    it("says in one line what is missing, and that a page writes no files", async () => {
      const [missing, written] = await tab.evaluate(() => page.complaints("/checkpoints/none", "runs/mine"));
      expect(missing).toBe("/checkpoints/none/checkpoint.json cannot be read (404 Not Found): check the address");
      expect(written).toMatch(/^runs\/mine cannot be written: a page has no files[^\n]*$/);
    });
  });
});
