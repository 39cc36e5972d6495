import { createHash } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { hostname } from "node:os";
import { basename, dirname, join, resolve } from "node:path";
import { isRunning } from "./process.js";

// Processes of other hosts and containers may share a disk, and have the same numbers. A short name, because the length
// of a file's name is limited.
const host = createHash("sha256").update(hostname()).digest("hex").slice(0, 8);

let temporaryNames = 0;

/** A name beside `path` that no other process, of any host, and no other call uses. */
export function temporaryName(path: string): string {
  // Without a separator at the end, after which the name would lie inside `path`.
  return `${resolve(path)}.tmp-${host}-${process.pid}-${temporaryNames++}`;
}

/** Removes temporary files beside `path` that processes of this host left when they ended. */
export async function removeAbandoned(path: string): Promise<void> {
  const prefix = `${basename(path)}.tmp-${host}-`;
  const names = await readdir(dirname(path)).catch(() => []);
  const abandoned = names.filter((name) => {
    const [, processId] = /^(\d+)(-|$)/.exec(name.startsWith(prefix) ? name.slice(prefix.length) : "") ?? [];
    return processId !== undefined && !isRunning(Number(processId));
  });
  await Promise.all(abandoned.map((name) => rm(join(dirname(path), name), { recursive: true, force: true })));
}
