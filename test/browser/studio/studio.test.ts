import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, startChromium } from "../chromium.js";
import { engines } from "./engines.js";
import { learnPage } from "./learn-page.js";
import { posteriorPage } from "./posterior-page.js";
import { buildSite, bytesWithoutModels, serveSite } from "./site.js";
import { type Studio } from "./studio.js";
import { trainPage } from "./train-page.js";

const lacking = chromiumPath === undefined ? ": skipped, for there is no Chromium (apt-get install chromium)" : "";

// One file for all pages: the site is built once.
describe.skipIf(chromiumPath === undefined)(`the studio${lacking}`, () => {
  let open: Studio;
  const studio = (): Studio => open;
  beforeAll(async () => {
    await buildSite();
    const [browser, site] = await Promise.all([startChromium(), serveSite()]);
    open = { browser, site };
  }, 300_000);
  afterAll(async () => {
    await open.browser.close();
    await open.site.close();
  });

  it("is a site of less than 8 MB without its models", async () => {
    expect(await bytesWithoutModels()).toBeLessThan(8e6);
  });

  describe("Posterior", () => posteriorPage({ studio }));
  describe("The engine", () => engines({ studio }));
  describe("Train", () => trainPage({ studio }));
  describe("Learn", () => learnPage({ studio }));
});
