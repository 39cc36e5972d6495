import { type ChildProcess, spawn } from "node:child_process";
import { readdir } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { setTimeout } from "node:timers/promises";

const program = fileURLToPath(new URL("../../src/cli/main.js", import.meta.url));

/** `vfm serve` in a separate process. */
export interface Served {
  readonly child: ChildProcess;
  /** "http://127.0.0.1:8080". */
  readonly address: string;
  /** Resolved with the exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
  /** Asks it to stop, and waits until it has. */
  stop(): Promise<number | NodeJS.Signals | null>;
}

/** Starts a service and waits until it is ready. */
export async function serve(...options: readonly string[]): Promise<Served> {
  const child = spawn(process.execPath, [program, "serve", ...options], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  const address = await new Promise<string>((resolve, reject) => {
    let last = "";
    createInterface(child.stderr).on("line", (line) => {
      last = line;
      const [, found] = /"address":"([^"]+)".*"ready"/.exec(line) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => reject(new Error(`the service ended: ${last}`)));
  });
  return {
    child,
    address,
    ended,
    stop: () => {
      child.kill("SIGTERM");
      return ended;
    },
  };
}

/** Waits until the service has at most this many open files and connections. Returns the number at the end. */
export async function openFilesAtMost(served: Served, most: number, seconds: number): Promise<number> {
  const end = performance.now() + 1000 * seconds;
  for (;;) {
    const open = await openFiles(served);
    if (open <= most || performance.now() > end) return open;
    await setTimeout(100);
  }
}

/** Number of files and connections that the service has open. */
export async function openFiles({ child }: Served): Promise<number> {
  return (await readdir(`/proc/${child.pid}/fd`)).length;
}

/** Asks for samples. Returns the status of the answer, or 0 if there was none. */
export async function statusOf(
  { address }: Pick<Served, "address">,
  body: BodyInit,
  headers: Record<string, string> = { "content-type": "application/json" },
): Promise<number> {
  try {
    const response = await fetch(`${address}/v1/samples`, { method: "POST", headers, body });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 0;
  }
}
