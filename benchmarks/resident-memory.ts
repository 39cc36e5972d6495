import { readFile } from "node:fs/promises";

/** The memory that a process has in use, in MB; NaN where it has ended, and where the system is not Linux, which alone says it in a file. */
export async function residentMegabytes(processId: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${processId}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? NaN) / 1024;
}
