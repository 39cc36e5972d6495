import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Chromium on this machine, if there is one. */
export const chromiumPath = places.find((path) => existsSync(path));

/** Starts Chromium without a window. */
export function startChromium(): Promise<Browser> {
  // Its sandbox needs rights that a container does not give; the only page that it opens is the test's own.
  return chromium.launch({
    ...(chromiumPath !== undefined && { executablePath: chromiumPath }),
    args: ["--no-sandbox"],
  });
}
