import { readFile } from "node:fs/promises";

/**
 * The memory that a process uses, in MB; NaN if it has ended, or if the system is not Linux, the only one with a file
 * for it.
 */
export async function residentMegabytes(processId: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
}
