import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Chromium on this machine, if there is one. */
export const chromiumPath = places.find((path) => existsSync(path));

/**
 * Starts Chromium without a window.
 *
 * @param webgpu whether with WebGPU on its software adapter; else it has none where there is no graphics card
 */
export function startChromium({ webgpu = false } = {}): Promise<Browser> {
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: [
      // Its sandbox needs rights that a container does not give; the only page that it opens is the test's own.
      "--no-sandbox",
      ...(webgpu ? ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"] : []),
    ],
  });
}
