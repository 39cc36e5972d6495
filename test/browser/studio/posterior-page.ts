import { execFile } from "node:child_process";
import { readFile, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { promisify } from "node:util";
import { type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type HostArray } from "../../../src/array/index.js";
import { loadCheckpoint } from "../../../src/checkpoint/index.js";
import { observationOf } from "../../../src/operators/index.js";
import { decodeSafetensors } from "../../../src/storage/index.js";
import { samplePosterior } from "../../../src/vfm/index.js";
import { rootMeanSquare, tolerance } from "../agreement.js";
import { root } from "../bundle.js";
import { arePainted, download, drag, dragBox, durationsOf, failuresOf, observed } from "./posterior-actions.js";
import { serveSite } from "./site.js";
import { type Studio } from "./studio.js";
import { seriousProblems } from "./accessibility.js";
import { atRest, disturbances, readingOf, samplesOf, visit, type Visit } from "./visit.js";

/** The evaluations with their gradients take half a minute, longer on a machine with other work to do. */
const guidedRun = 400_000;

/** The tests of the Posterior page. */
export function posteriorPage({ studio }: { studio(): Studio }): void {
  let open: Visit;
  // By the address alone: what was loaded and compiled stays.
  const go = async (address: string): Promise<Page> => {
    await open.tab.evaluate((hash) => (location.hash = hash), `#/${address}`);
    await atRest(open.tab);
    return open.tab;
  };
  beforeAll(async () => {
    open = await visit(studio().browser, studio().site.url);
    await atRest(open.tab);
  });
  afterAll(() => open.close());

  it("shows samples and their readings, without an error, a jump of the layout or a request elsewhere", async () => {
    const { tab, errors, requests } = open;
    // Once: nothing is computed twice on the way.
    expect((await samplesOf(tab)).count).toBe(1);
    expect((await samplesOf(tab)).values).toHaveLength(16 * 784);
    expect(await tab.getAttribute(".bar-chart svg", "aria-label")).toMatch(
      /^Of 16 samples, a classifier reads \d+ as /,
    );
    expect(errors).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(studio().site.url))).toEqual([]);
    const { shifts } = await disturbances(tab);
    expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.1);
  });

  it("works on one thread where the host sends no headers", async () => {
    const plain = await serveSite(false);
    const { tab, errors, close } = await visit(studio().browser, plain.url);
    await atRest(tab);
    expect(await tab.textContent(".status-line")).toContain("on one thread");
    expect(errors).toEqual([]);
    await close();
    await plain.close();
  });

  it("draws other samples while the box is dragged, of digits and photographs, and reports how quickly", async () => {
    const tab = await go("posterior");
    const mnist = await dragBox(tab);
    // Those in between may be left unread, the last ones never.
    expect((await readingOf(tab))?.reduce((sum, count) => sum + count, 0)).toBe(16);
    await go("posterior?model=cifar10");
    expect((await samplesOf(tab)).values).toHaveLength(16 * 3 * 32 * 32);
    expect(await tab.textContent(".reading dl")).toContain("airplane");
    // A pen has one colour.
    expect(await tab.locator("text=Draw one").count()).toBe(0);
    const attribution = await tab.request.get(
      new URL((await tab.getAttribute(".source a", "href")) ?? "", studio().site.url).href,
    );
    expect(await attribution.text()).toBe(await readFile(`${root}/assets/photographs/ATTRIBUTION.md`, "utf8"));
    const cifar10 = await dragBox(tab);
    const { longTasks } = await disturbances(tab);
    const [first] = await durationsOf(tab, "first samples");
    console.log(
      JSON.stringify({
        medianRedrawMs: { mnist: Math.round(mnist), cifar10: Math.round(cifar10) },
        longTasksMs: Math.round(longTasks.reduce((sum, value) => sum + value, 0)),
        firstSamplesMs: Math.round(first),
      }),
    );
  });

  it.each(["denoise", "inpaint-random", "super-resolution", "motion-blur"])(
    "samples %s as Node does from the same file and seed",
    async (name) => {
      const tab = await go(`posterior?problem=${name}&seed=5&image=7`);
      const { values } = await samplesOf(tab);
      const file = await download(tab, "Observation as a file");
      const tensors = decodeSafetensors(await readFile(file), file);
      const batch = (key: string): HostArray => {
        const { shape, data } = tensors.get(key) as HostArray;
        return { shape: [1, ...shape], data };
      };
      const { model } = await loadCheckpoint(`${root}/checkpoints/mnist`);
      const drawn = [...tensors.keys()].filter((key) => key.startsWith("parameters."));
      const observation = await observationOf(model.problem(name), batch("observation"), {
        image: [1, 28, 28],
        parameters: Object.fromEntries(drawn.map((key) => [key.slice("parameters.".length), batch(key)])),
      });
      const { samples } = await samplePosterior(model, observation, { samples: 16, seed: 5 });
      expect(rootMeanSquare(samples.data, values)).toBeLessThan(tolerance);
    },
  );

  it("gives files that the command line and picture viewers take", async () => {
    const tab = await go("posterior?problem=inpaint-box");
    const file = await download(tab, "Observation as a file");
    const out = join(file, "..", "out");
    const said = (await tab.textContent(".downloads code")) ?? "";
    expect(said).toBe(
      `vfm sample --observation ${basename(file)} --checkpoint mnist --problem inpaint-box --out out/samples`,
    );
    const [, ...words] = said.replace(basename(file), file).replace("out/samples", out).split(" ");
    await promisify(execFile)(process.execPath, [`${root}/dist/src/cli/main.js`, ...words], { cwd: root });
    expect((await stat(out)).isDirectory()).toBe(true);
    const picture = await readFile(await download(tab, "Samples as PNG"));
    expect([...picture.subarray(1, 4)].map((code) => String.fromCharCode(code)).join("")).toBe("PNG");
  });

  it("is worked by the keys, and keeps its state in the address", async () => {
    const tab = await go("posterior");
    await observed(tab).focus();
    const before = await samplesOf(tab);
    for (let i = 0; i < 3; i++) await tab.keyboard.press("ArrowRight");
    await tab.keyboard.press("Shift+ArrowDown");
    await atRest(tab);
    const { hash } = new URL(tab.url());
    expect(hash).toContain("box=9-12-12-11");
    const moved = await samplesOf(tab);
    expect(rootMeanSquare(moved.values, before.values)).toBeGreaterThan(0.01);
    await tab.reload();
    await atRest(tab);
    expect(rootMeanSquare((await samplesOf(tab)).values, moved.values)).toBeLessThan(tolerance);
  });

  it("has pictures for the keys only where they do something", async () => {
    const tab = await go("posterior?problem=denoise");
    expect(await observed(tab).locator('canvas[role=img][aria-label^="y, what is seen"]').count()).toBe(1);
    // x, the mean and the uncertainty.
    expect(await tab.locator(".pictures [role=application]").count()).toBe(3);
    expect(await tab.locator(".pictures [tabindex]").count()).toBe(3);
  });

  it("takes what is drawn, painted and uploaded, and says what is no picture", async () => {
    const tab = await go("posterior?problem=inpaint-random");
    await tab.click("text=Draw one");
    const stroke: [number, number][] = [
      [0.5, 0.15],
      [0.5, 0.5],
      [0.5, 0.85],
    ];
    await drag(tab, tab.locator(".pictures .pad").first(), stroke);
    await drag(tab, observed(tab), stroke);
    await atRest(tab);
    expect(new URL(tab.url()).hash).toMatch(/drawn=.*mask=/);
    // A stroke from top to bottom is a one to most readers.
    expect(await tab.getAttribute(".bar-chart svg", "aria-label")).toMatch(/reads .*\d+ as 1/);
    const upload = (name: string, buffer: Buffer): Promise<void> =>
      tab.setInputFiles("input[type=file]", { name, mimeType: "image/png", buffer });
    await upload("notes.png", Buffer.from("not a picture"));
    await expect
      .poll(() => tab.textContent("[role=alert]"))
      .toBe("“notes.png” is not a picture that this browser can read: choose a PNG, JPEG or WebP file");
    const { count } = await samplesOf(tab);
    await upload("digit.png", await readFile(`${root}/assets/digit.png`));
    await atRest(tab);
    expect(await tab.locator("[role=alert]").count()).toBe(0);
    expect((await samplesOf(tab)).count).toBeGreaterThan(count);
  });

  it(
    "runs a guided sampler to its end, and drops it when the observation changes",
    { timeout: guidedRun },
    async () => {
      const tab = await go("posterior?problem=gaussian-blur");
      await tab.click(".guided button");
      await expect.poll(() => tab.textContent(".guided [role=status]"), { timeout: guidedRun }).toMatch(/^Finished/);
      expect(await tab.textContent(".guided figcaption")).toMatch(/^DPS \d+ evaluations, [\d.]+ m?s$/);
      expect(await arePainted(tab, ".guided .samples canvas")).toBe(true);
      await tab.click(".guided button");
      await tab.waitForSelector(".guided progress[value]:not([value='0'])");
      await tab.click("text=Resample");
      await expect.poll(() => tab.textContent(".guided figcaption")).toBe("DPS not run yet");
      expect(await arePainted(tab, ".guided .samples canvas")).toBe(false);
      await atRest(tab);
      // It holds no worker that other pages use.
      const stopped = await failuresOf(tab);
      await tab.click(".guided button");
      await tab.waitForSelector(".guided progress[value]:not([value='0'])");
      await tab.click("nav >> text=Train");
      await expect.poll(() => failuresOf(tab)).toBe(stopped + 1);
    },
  );

  it("shows a model that it has where the address names none of them", async () => {
    const tab = await go("posterior?model=none&problem=none&image=99");
    const before = (await samplesOf(tab)).count;
    await tab.click("text=Resample");
    await atRest(tab);
    expect((await samplesOf(tab)).count).toBe(before + 1);
  });

  it("says what a browser lacks", async () => {
    const context = await studio().browser.newContext();
    const tab = await context.newPage();
    await tab.addInitScript(() => Object.defineProperty(globalThis, "WebAssembly", { value: undefined }));
    await tab.goto(studio().site.url);
    expect(await tab.textContent("[role=alert]")).toContain("This browser has no WebAssembly");
    await context.close();
  });

  it.each([
    [1400, "light"],
    [360, "dark"],
  ] as const)(
    "has nothing that axe finds serious, %i pixels wide and %s, and nothing wider than the screen",
    async (width, colorScheme) => {
      const { tab, close } = await visit(studio().browser, studio().site.url, {
        viewport: { width, height: 900 },
        colorScheme,
      });
      await atRest(tab);
      expect(await seriousProblems(tab)).toEqual([]);
      expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
      await close();
    },
  );

  it("has said nothing on the console all the while", () => {
    expect(open.errors).toEqual([]);
  });
}
