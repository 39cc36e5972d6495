import { chromiumPath, startChromium } from "./chromium.js";

/** Whether this machine's Chromium has WebGPU in software. */
export const softwareAdapter = chromiumPath !== undefined && (await hasAdapter());

async function hasAdapter(): Promise<boolean> {
  const browser = await startChromium({ webgpu: true });
  try {
    const tab = await browser.newPage();
    // A page has WebGPU only where it is safe from changes on its way.
    await tab.route("https://localhost/", (route) => route.fulfill({ contentType: "text/html", body: "" }));
    await tab.goto("https://localhost/");
    return await tab.evaluate(async () => {
      const { gpu } = navigator as unknown as { gpu?: { requestAdapter(): Promise<object | null> } };
      return ((await gpu?.requestAdapter()) ?? null) !== null;
    });
  } finally {
    await browser.close();
  }
}
