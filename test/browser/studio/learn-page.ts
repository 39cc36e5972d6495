import { type Page } from "playwright-core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { seriousProblems } from "./accessibility.js";
import { type Studio } from "./studio.js";
import { disturbances, visit, type Visit } from "./visit.js";

const rankChart = '.lesson svg[aria-label^="';

/** Waits until every piece of the board shows what the models do. */
async function ready(tab: Page): Promise<void> {
  await tab.waitForSelector(`${rankChart}Together: ranks of 1000 truths"]`);
  await tab.waitForSelector('.lesson canvas[aria-label*="q(z | y) is centred"]');
}

/** How many bins of the histogram of ranks are outside what chance allows a right sampler. */
async function binsOutside(tab: Page, sampler: string): Promise<number> {
  await tab.getByLabel(sampler, { exact: true }).check();
  const label = await tab.waitForSelector(`${rankChart}${sampler}: ranks of 1000 truths"]`);
  return Number(/(\d+) bins are outside/.exec((await label.getAttribute("aria-label")) ?? "")?.[1]);
}

/** The tests of the Learn page. */
export function learnPage({ studio }: { studio(): Studio }): void {
  let open: Visit;
  beforeAll(async () => {
    open = await visit(studio().browser, `${studio().site.url}#/learn`);
    await ready(open.tab);
  });
  afterAll(() => open.close());

  it("shows its pieces without an error, a jump of the layout or a request elsewhere", async () => {
    const { tab, errors, requests } = open;
    expect(await tab.locator(".lesson").count()).toBe(6);
    expect(await tab.getAttribute(".lesson canvas >> nth=1", "aria-label")).toMatch(/8 of 8 are reached/);
    expect(errors).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(studio().site.url))).toEqual([]);
    const { shifts } = await disturbances(tab);
    expect(shifts.reduce((sum, value) => sum + value, 0)).toBeLessThan(0.1);
  });

  it("lets noise flow to the board, at once where less motion is asked for", async () => {
    const { tab } = open;
    const time = (): Promise<string> => tab.locator(".play output").innerText();
    expect(await time()).toBe("1.00");
    await tab.click("text=Let it flow");
    await expect.poll(time).toBe("0.00");
    const still = await visit(studio().browser, `${studio().site.url}#/learn`, { reducedMotion: "reduce" });
    await ready(still.tab);
    await still.tab.click("text=Let it flow");
    await expect.poll(() => still.tab.locator(".play output").innerText()).toBe("0.00");
    await still.close();
  });

  it("follows the observation in both sections, and is nearer to the exact posterior in the second", async () => {
    const { tab } = open;
    const pads = tab.locator(".y-pad");
    await pads.first().focus();
    await tab.keyboard.press("Home");
    for (let i = 0; i < 7; i++) await tab.keyboard.press("PageUp");
    for (const i of [0, 1]) await expect.poll(() => pads.nth(i).getAttribute("aria-valuetext")).toBe("1.30");
    const distance = async (row: string): Promise<number> =>
      Number(await tab.locator(`.reading-table tr:has-text("${row}") td`).last().innerText());
    await expect.poll(() => distance("Adapter alone")).toBeGreaterThan(0.1);
    await expect
      .poll(async () => (await distance("Trained together")) / (await distance("Adapter alone")))
      .toBeLessThan(1);
  });

  it("finds the exact posterior calibrated, and the adapter alone not", async () => {
    const { tab } = open;
    // All twenty bins are within their limits with probability 0.95.
    expect(await binsOutside(tab, "Exact")).toBeLessThanOrEqual(1);
    const alone = await binsOutside(tab, "Adapter alone");
    expect(alone).toBeGreaterThan(4);
    expect(await binsOutside(tab, "Together")).toBeLessThan(alone);
  });

  it("samples a digit behind a box once the reader comes near, whatever was looked at before", async () => {
    const { tab, errors } = open;
    const go = (page: string): Promise<string> => tab.evaluate((hash) => (location.hash = hash), `#/${page}`);
    await go("posterior?problem=denoise");
    await tab.waitForSelector('.sixteen[aria-busy="false"] canvas:not(.empty)');
    await go("learn");
    await tab.locator(".digits").scrollIntoViewIfNeeded();
    await tab.waitForSelector('.digits [aria-label*="Arrow keys move the box"]');
    await tab.waitForSelector(".digits .samples canvas:not(.empty)");
    expect(errors).toEqual([]);
  });

  it.each([
    [1400, "light"],
    [360, "dark"],
  ] as const)("has nothing that axe finds serious, %i pixels wide and %s", async (width, colorScheme) => {
    const address = `${studio().site.url}#/learn`;
    const { tab, close } = await visit(studio().browser, address, { viewport: { width, height: 900 }, colorScheme });
    await ready(tab);
    expect(await seriousProblems(tab)).toEqual([]);
    expect(await tab.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await close();
  });
}
