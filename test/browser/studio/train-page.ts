import { type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seriousProblems } from "./accessibility.js";
import { type Studio } from "./studio.js";
import { disturbances, visit, type Visit } from "./visit.js";

/** A training run takes a minute or two, longer on a machine with other work to do. */
const aRun = 400_000;

interface Told {
  progress?: { losses?: { network: string; flow?: number; adapter?: number }[] };
  output?: { y: number; models?: Record<"joint" | "frozen", { posterior: { samples: Float32Array } }> };
}
declare const messages: Told[];

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** How many losses the page was told, of all networks. */
function countLosses(tab: Page): Promise<number> {
  return tab.evaluate(() => messages.flatMap(({ progress }) => progress?.losses ?? []).length);
}

/** What the steps of a network measured, from its first on. */
function lossesOf(tab: Page, network: string, part: "flow" | "adapter"): Promise<number[]> {
  return tab.evaluate(
    ([name, key]) =>
      messages
        .flatMap(({ progress }) => progress?.losses ?? [])
        .filter((step) => step.network === name)
        .flatMap((step) => step[key] ?? []),
    [network, part] as const,
  );
}

const status = (tab: Page): Promise<string> => tab.locator(".status-line").innerText();
const stepsDone = async (tab: Page): Promise<number> => Number(/(\d+) steps/.exec(await status(tab))?.[1] ?? 0);

/** Mean of x1 over the samples of a side, once they are those of an observation. */
async function centreAt(tab: Page, side: "joint" | "frozen", y: number): Promise<number> {
  const read = (): Promise<number | undefined> =>
    tab.evaluate(
      ([name, wanted]) => {
        const seen = messages
          .map(({ output }) => output)
          .filter((output) => output?.models !== undefined)
          .at(-1);
        if (seen?.models === undefined || seen.y !== wanted) return undefined;
        const samples = Array.from(seen.models[name].posterior.samples).filter((_, i) => i % 2 === 0);
        return samples.reduce((sum, value) => sum + value, 0) / samples.length;
      },
      [side, y] as const,
    );
  await expect.poll(read).toBeDefined();
  return (await read()) ?? NaN;
}

/** The tests of the Train page. */
export function trainPage({ studio }: { studio(): Studio }): void {
  let open: Visit;
  beforeAll(async () => {
    open = await visit(studio().browser, `${studio().site.url}#/train`);
  });
  afterAll(() => open.close());

  it("shows the exact posterior and waits to be started", async () => {
    const { tab, errors } = open;
    await tab.waitForSelector('.exact .y-pad[aria-label*="256 samples"]');
    await expect.poll(() => status(tab)).toContain("Nothing is trained yet");
    expect(await tab.locator("text=Reset").isDisabled()).toBe(true);
    expect(errors).toEqual([]);
  });

  it(
    "stops its steps when paused, and continues",
    async () => {
      const { tab } = open;
      await tab.click("button.primary");
      await expect.poll(() => stepsDone(tab), { timeout: aRun }).toBeGreaterThan(20);
      await tab.click("text=Pause");
      await expect.poll(() => status(tab)).toMatch(/^Paused/);
      // The step that was under way may still be told; then nothing is.
      let paused = await countLosses(tab);
      for (let before = -1; before !== paused; paused = await countLosses(tab)) {
        before = paused;
        await tab.waitForTimeout(1500);
      }
      // Without a pause the steps end where something is compiled, first after 300 of them.
      expect(paused).toBeLessThan(300);
      await tab.click("text=Resume");
      await expect.poll(() => stepsDone(tab), { timeout: aRun }).toBeGreaterThan(paused + 20);
      // It rests while the reader is elsewhere.
      await tab.click("nav >> text=Posterior");
      await tab.waitForSelector(".sixteen canvas:not(.empty)");
      await tab.click("nav >> text=Train");
      await expect.poll(() => status(tab)).toMatch(/^Paused/);
      await tab.click("text=Resume");
    },
    aRun,
  );

  it(
    "trains to lower losses",
    async () => {
      const { tab, errors } = open;
      await expect.poll(() => status(tab), { timeout: aRun }).toMatch(/^Trained/);
      for (const side of ["joint", "frozen"]) {
        const losses = await lossesOf(tab, side, "adapter");
        expect(mean(losses.slice(-20))).toBeLessThan(0.2 * mean(losses.slice(0, 20)));
      }
      const flow = (await lossesOf(tab, "flowMap", "flow")).slice(0, 300);
      expect(mean(flow.slice(-40))).toBeLessThan(0.9 * mean(flow.slice(0, 20)));
      expect(errors).toEqual([]);
      const [training] = await tab.evaluate(() =>
        performance.getEntriesByName("training").map(({ duration }) => duration),
      );
      const { longTasks, shifts } = await disturbances(tab);
      expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.1);
      console.log(
        JSON.stringify({
          trainingSeconds: Math.round(training / 1000),
          steps: await stepsDone(tab),
          trainingLongTasksMs: Math.round(longTasks.reduce((sum, value) => sum + value, 0)),
        }),
      );
    },
    aRun,
  );

  it("follows the observation, by the keys and the pointer, and keeps it in the address", async () => {
    const { tab } = open;
    const pad = tab.locator(".y-pad").first();
    await pad.focus();
    await tab.keyboard.press("Home");
    for (let i = 0; i < 3; i++) await tab.keyboard.press("PageUp");
    await expect.poll(() => pad.getAttribute("aria-valuetext")).toBe("−0.70");
    expect(Math.abs((await centreAt(tab, "joint", -0.7)) + 0.7)).toBeLessThan(0.15);
    const box = await pad.boundingBox();
    if (box === null) throw new Error("the plane is not there");
    await tab.mouse.move(box.x + 0.5 * box.width, box.y + 30);
    await tab.mouse.down();
    await tab.mouse.move(box.x + 0.8125 * box.width, box.y + 40, { steps: 5 });
    await tab.mouse.up();
    const y = Number(await pad.getAttribute("aria-valuenow"));
    expect(Math.abs(y - 1.5)).toBeLessThan(0.02);
    expect(Math.abs((await centreAt(tab, "joint", y)) - y)).toBeLessThan(0.15);
    await expect.poll(() => new URL(tab.url()).hash).toBe(`#/train?y=${y}`);
  });

  it(
    "trains again what a control concerns, and forgets everything when it is reset",
    async () => {
      const { tab } = open;
      const alone = (await lossesOf(tab, "flowMap", "flow")).length;
      const joint = (await lossesOf(tab, "joint", "flow")).length;
      await tab.getByLabel("kept").check();
      await expect.poll(() => status(tab)).toMatch(/^Compiling the steps of both columns: 500 steps/);
      await expect
        .poll(async () => (await lossesOf(tab, "joint", "flow")).length, { timeout: aRun })
        .toBeGreaterThan(joint + 5);
      expect(await lossesOf(tab, "flowMap", "flow")).toHaveLength(alone);
      // Changed again in the middle of the run: it ends soon, and the next begins.
      const atChange = (await lossesOf(tab, "joint", "flow")).length;
      await tab.getByLabel("cut", { exact: true }).check();
      await expect.poll(() => stepsDone(tab), { timeout: aRun }).toBeGreaterThan(alone);
      const before = (await lossesOf(tab, "joint", "flow")).length;
      expect(before - atChange).toBeLessThan(100);
      await tab.click("text=Reset");
      await expect.poll(() => status(tab)).toContain("Nothing is trained yet");
      await tab.waitForTimeout(1500);
      await expect.poll(() => tab.locator('.y-pad[aria-label*="no samples yet"]').count()).toBe(2);
      expect(open.errors).toEqual([]);
    },
    aRun,
  );

  it.each([
    [1400, "light"],
    [360, "dark"],
  ] as const)("has nothing that axe finds serious, %i pixels wide and %s", async (width, colorScheme) => {
    const address = `${studio().site.url}#/train`;
    const { tab, close } = await visit(studio().browser, address, { viewport: { width, height: 900 }, colorScheme });
    await tab.waitForSelector('.exact .y-pad[aria-label*="256 samples"]');
    expect(await seriousProblems(tab)).toEqual([]);
    expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await close();
  });
}
