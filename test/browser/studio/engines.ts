import { type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startChromium } from "../chromium.js";
import { softwareAdapter } from "../software-adapter.js";
import { type Studio } from "./studio.js";
import { samplesOf, visit } from "./visit.js";

/** Translating some hundred programs for a graphics card in software takes half a minute, longer on a machine with other work. */
const inSoftware = 600_000;

const status = (tab: Page): Promise<string | null> => tab.textContent(".status-line");

/** The tests of what the Posterior page computes with. */
export function engines({ studio }: { studio(): Studio }): void {
  it("goes by WebAssembly where there is no graphics card, and says why if WebGPU was asked for", async () => {
    const { tab, errors, requests, close } = await visit(
      studio().browser,
      `${studio().site.url}#/posterior?engine=webgpu`,
    );
    await expect
      .poll(() => status(tab))
      .toMatch(/of WebAssembly\. WebGPU cannot be used: this browser finds no graphics adapter\.$/);
    expect(new URL(tab.url()).hash).toContain("engine=webgpu");
    await tab.evaluate(() => (location.hash = "#/posterior?engine=abacus"));
    await expect
      .poll(() => status(tab))
      .toMatch(/of WebAssembly\. There is no engine “abacus”: choose webgpu or wasm\.$/);
    await tab.evaluate(() => (location.hash = "#/posterior?engine=wasm"));
    await expect.poll(() => status(tab)).toMatch(/of WebAssembly\.\s*$/);
    expect(requests.filter((url) => url.includes("jspi"))).toEqual([]);
    expect(errors).toEqual([]);
    await close();
  });

  const lacking = softwareAdapter ? "" : ": skipped, for Chromium has no adapter in software here";
  describe.skipIf(!softwareAdapter)(`with WebGPU in software${lacking}`, () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await startChromium({ webgpu: true });
    });
    afterAll(() => browser.close());

    it("samples on WebGPU if it is asked for", { timeout: inSoftware }, async () => {
      const { tab, errors, close } = await visit(
        browser,
        `${studio().site.url}#/posterior?problem=denoise&engine=webgpu`,
      );
      await expect.poll(() => status(tab), { timeout: inSoftware }).toMatch(/on WebGPU\.\s*$/);
      const { values } = await samplesOf(tab);
      expect(values).toHaveLength(16 * 784);
      expect(values.every(Number.isFinite)).toBe(true);
      expect(errors).toEqual([]);
      await close();
    });

    it("does not use it unasked: it is slower than WebAssembly", async () => {
      const { tab, requests, close } = await visit(browser, studio().site.url);
      await expect.poll(() => status(tab)).toMatch(/of WebAssembly\.\s*$/);
      expect(requests.filter((url) => url.includes("jspi"))).toEqual([]);
      await close();
    });

    it("continues with WebAssembly if the engine with WebGPU cannot be loaded", async () => {
      const { tab, close } = await visit(browser, `${studio().site.url}icon.svg`);
      await tab.route("**/*.jspi.wasm.brotli*", (route) => route.fulfill({ status: 404 }));
      await tab.goto(`${studio().site.url}#/posterior?engine=webgpu`);
      await expect.poll(() => status(tab)).toMatch(/of WebAssembly\. WebGPU failed: \S.*$/);
      expect((await samplesOf(tab)).values).toHaveLength(16 * 784);
      await close();
    });

    it("continues with WebAssembly if WebGPU fails at work", async () => {
      const { tab, close } = await visit(browser, `${studio().site.url}icon.svg`);
      await tab.addInitScript(() => {
        const post = Reflect.get(Worker.prototype, "postMessage") as (this: Worker, message: unknown) => void;
        let lost = false;
        // The first samples are asked of a worker whose graphics card is taken away.
        Worker.prototype.postMessage = function (this: Worker, message: { id: number; name?: string }) {
          if (lost || message.name !== "sample") {
            post.call(this, message);
            return;
          }
          lost = true;
          const data = { kind: "error", id: message.id, name: "Error", message: "the device was lost" };
          this.dispatchEvent(new MessageEvent("message", { data }));
        };
      });
      await tab.goto(`${studio().site.url}#/posterior?engine=webgpu`);
      await expect.poll(() => status(tab)).toMatch(/of WebAssembly\. WebGPU failed: the device was lost\.$/);
      expect((await samplesOf(tab)).values).toHaveLength(16 * 784);
      await close();
    });
  });
}
