/**
 * Pictures of every page of the built studio, narrow and wide, light and dark: `npm run studio:screenshots [folder]`.
 */
import { mkdir } from "node:fs/promises";
import { startChromium } from "../../test/browser/chromium.js";
import { serveSite } from "../../test/browser/studio/site.js";
import { root } from "./build/folders.js";

/** The pages, and what has to be visible before a picture is taken. */
const pages: readonly { path: string; click?: string; ready: string }[] = [
  { path: "posterior", ready: ".sixteen canvas:not(.empty)" },
  { path: "train", click: "button.primary", ready: "text=/^Trained/" },
  {
    path: "learn",
    click: ".digits figcaption",
    ready: '.learn:has(svg[aria-label*="truths"]):has(.digits .samples canvas:not(.empty))',
  },
  { path: "posterior?model=fashion-mnist&problem=inpaint-random&image=12", ready: ".sixteen canvas:not(.empty)" },
  { path: "posterior?model=cifar10&problem=inpaint-box&image=3", ready: ".sixteen canvas:not(.empty)" },
];

const widths = [360, 1600];
const themes = ["light", "dark"] as const;

const [, , folder = `${root}out/studio/screenshots`] = process.argv;
await mkdir(folder, { recursive: true });
const site = await serveSite();
const browser = await startChromium();
for (const colorScheme of themes)
  for (const width of widths) {
    const context = await browser.newContext({
      viewport: { width, height: 900 },
      colorScheme,
      deviceScaleFactor: width < 500 ? 2 : 1,
    });
    for (const [number, { path, click, ready }] of pages.entries()) {
      const tab = await context.newPage();
      tab.on("console", (message) => {
        if (message.type() === "error") console.error(`${path}: ${message.text()}`);
      });
      tab.on("pageerror", (error) => console.error(`${path}: ${error.message}`));
      await tab.goto(`${site.url}#/${path}`);
      if (click !== undefined) await tab.locator(click).first().click();
      await tab.waitForSelector(ready, { timeout: 400_000 });
      await tab.waitForTimeout(300);
      await tab.screenshot({
        path: `${folder}/${number + 1}-${path.split("?")[0]}-${width}-${colorScheme}.png`,
        fullPage: true,
      });
      await tab.close();
    }
    await context.close();
  }
await browser.close();
await site.close();
