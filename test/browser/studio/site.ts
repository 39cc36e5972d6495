import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { preview } from "vite";
import { siteFolder } from "../../../apps/studio/build/folders.js";
import { headers } from "../../../apps/studio/build/headers.js";
import { root } from "../bundle.js";

/** The studio as `npm run studio:build` leaves it, served. */
export interface Site {
  /** Ends in a slash. */
  readonly url: string;
  close(): Promise<void>;
}

/** Builds the studio's static files. */
export async function buildSite(): Promise<void> {
  // npm tells the programs that it starts of its settings: the tests' own must not reach this one.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(npm_|VITEST|NODE_ENV)/.test(name)));
  await promisify(execFile)("npm", ["run", "--silent", "studio:build"], { cwd: root, env, maxBuffer: 2 ** 26 });
}

/** Bytes of the built site but for its models. */
export async function bytesWithoutModels(): Promise<number> {
  const entries = await readdir(siteFolder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  const counted = files.filter((path) => !path.startsWith(join(siteFolder, "models/")));
  const sizes = await Promise.all(counted.map(async (path) => (await stat(path)).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}

/**
 * Serves the built studio.
 *
 * @param isolated whether with the headers that allow the page threads, or as a host that sends none
 */
export async function serveSite(isolated = true): Promise<Site> {
  const server = await preview({
    configFile: false,
    root: `${root}apps/studio`,
    appType: "mpa",
    logLevel: "silent",
    build: { outDir: siteFolder },
    preview: { port: 0, host: "127.0.0.1", open: false, headers: isolated ? { ...headers } : {} },
  });
  const address = server.httpServer.address();
  if (address === null || typeof address === "string") throw new Error("the preview server has no port");
  return { url: `http://127.0.0.1:${address.port}/`, close: () => server.close() };
}
