import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { gatherImages } from "../../src/data/index.js";
import { type configureWasm } from "../../src/compile/index.js";
import { loadMnist } from "../../src/node/data/index.js";
import { rootMeanSquare, tolerance } from "./agreement.js";
import { bundleForBrowser, root } from "./bundle.js";
import { chromiumPath, startChromium } from "./chromium.js";
import type * as scenario from "./scenario.js";
import { samplesOfProblems } from "./scenario.js";
import { servePage } from "./server.js";
import { softwareAdapter } from "./software-adapter.js";

declare const page: typeof scenario & { configureWasm: typeof configureWasm };

const noChromium = chromiumPath === undefined ? ": skipped, for there is no Chromium (apt-get install chromium)" : "";
const noAdapter = noChromium || (softwareAdapter ? "" : ": skipped, for Chromium has no adapter in software here");

/** A graphics card in software takes its time, longer on a machine with other work to do. */
const inSoftware = 600_000;

let script: Uint8Array;

/** Opens the page; what it downloads is listed. */
async function open(browser: Browser): Promise<{ tab: Page; downloads: string[]; close(): Promise<void> }> {
  script ??= (await bundleForBrowser({ entryPoints: ["test/browser/page.ts"] })).outputFiles[0].contents;
  const server = await servePage(script, true);
  const tab = await browser.newPage();
  const downloads: string[] = [];
  tab.on("request", (request) => downloads.push(new URL(request.url()).pathname));
  await tab.goto(server.url);
  const close = async (): Promise<void> => {
    await tab.close();
    await server.close();
  };
  return { tab, downloads, close };
}

describe.skipIf(chromiumPath === undefined || !softwareAdapter)(`WebGPU in Chromium${noAdapter}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium({ webgpu: true });
  });
  afterAll(() => browser.close());

  it("samples as Node does", { timeout: inSoftware }, async () => {
    const chosen = { names: ["motion-blur"], updated: [true] };
    const image = Array.from(gatherImages(await loadMnist("test"), [20]).data);
    const ofNode = await samplesOfProblems(`${root}/checkpoints/mnist`, image, chosen);
    const { tab, downloads, close } = await open(browser);
    const samples = await tab.evaluate(
      ([values, given]) => {
        page.configureWasm({ webgpu: true });
        return page.samplesOfProblems("/checkpoints/mnist", values, { ...given, device: "webgpu" });
      },
      [image, chosen] as const,
    );
    expect(Object.keys(samples)).toHaveLength(1);
    for (const [name, values] of Object.entries(samples))
      expect(rootMeanSquare(values, ofNode[name]), name).toBeLessThan(tolerance);
    expect(downloads.filter((path) => path.endsWith(".wasm"))).toEqual(["/ort/ort-wasm-simd-threaded.jspi.wasm"]);
    await close();
  });
});

describe.skipIf(chromiumPath === undefined)(`a page that cannot use WebGPU${noChromium}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await startChromium();
  });
  afterAll(() => browser.close());

  it("says in one line what is missing, and downloads no engine", async () => {
    const { tab, downloads, close } = await open(browser);
    const complaint = (device: "webgpu" | "cuda"): Promise<string> =>
      tab.evaluate((name) => page.complaintOfDevice(name), device);
    const said = (reason: string, device = "webgpu"): string =>
      `the device "${device}" cannot be used here (${reason}): leave it out to run on the processor`;
    expect(await complaint("cuda")).toBe(said("in a browser the engine has WebAssembly and WebGPU", "cuda"));
    expect(await complaint("webgpu")).toBe(
      said("the engine's build with WebGPU was not chosen: configureWasm({ webgpu: true })"),
    );
    await tab.evaluate(() => page.configureWasm({ webgpu: true }));
    expect(await complaint("webgpu")).toBe(said("WebGPU finds no graphics adapter"));
    await tab.evaluate(() => Reflect.deleteProperty(WebAssembly, "Suspending"));
    expect(await complaint("webgpu")).toBe(said("this browser's WebAssembly has no JavaScript Promise Integration"));
    await tab.evaluate(() => Reflect.deleteProperty(Navigator.prototype, "gpu"));
    expect(await complaint("webgpu")).toBe(said("this browser has no WebGPU"));
    expect(downloads.filter((path) => path.startsWith("/ort/"))).toEqual([]);
    await close();
  });
});
