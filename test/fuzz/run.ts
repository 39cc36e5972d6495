import { fork } from "node:child_process";
import { type Complaint } from "./subject.js";
import { type News, type Order } from "./worker.js";

/** A case that did not end as it should. */
export interface Finding {
  readonly number: number;
  readonly about: string;
  readonly complaint: NonNullable<Complaint>;
}

/** How many cases ran, and those that did not end as they should. */
export interface FuzzResult {
  cases: number;
  findings: Finding[];
}

/** What is run. */
export interface FuzzOptions {
  seed: number;
  /** Cases from this number on. */
  from: number;
  cases: number;
  /** Ends early after so many minutes. */
  minutes: number;
  /** Only the subjects whose name begins so. */
  of?: string | undefined;
  /** The module that the worker runs, of the form of worker.ts. */
  worker?: URL;
  /** A case that takes longer counts as a hang. */
  secondsOfCase?: number;
  onFinding?(finding: Finding): void;
  onCase?(cases: number): void;
}

/** Runs cases in a process of their own, and in a new one after each that hangs or ends the process. */
export async function fuzz(options: FuzzOptions): Promise<FuzzResult> {
  const end = Date.now() + options.minutes * 60_000;
  const result: FuzzResult = { cases: 0, findings: [] };
  const last = options.from + options.cases;
  let next = options.from;
  while (next < last && Date.now() < end) next = await runUntilBroken(options, next, last, end, result);
  return result;
}

/** Runs cases until all have run, the time is over, or one hangs or ends the process. Returns the next case's number. */
function runUntilBroken(
  { seed, of, worker = new URL("worker.ts", import.meta.url), secondsOfCase = 60, onFinding, onCase }: FuzzOptions,
  from: number,
  to: number,
  end: number,
  result: FuzzResult,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = fork(worker, {
      execArgv: ["--import", "tsx", "--max-old-space-size=3000"],
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    let said = "";
    child.stderr?.on("data", (text: Buffer) => (said = (said + text.toString()).slice(-2000)));
    let running: { number: number; about: string } | undefined;
    let next = from;
    let ready = false;
    let timer: NodeJS.Timeout | undefined;
    let reason: "hang" | "over" | undefined;
    const found = (complaint: NonNullable<Complaint>): void => {
      if (running === undefined) return;
      const finding = { ...running, complaint };
      result.findings.push(finding);
      onFinding?.(finding);
    };
    const stop = (why: typeof reason): void => {
      reason = why;
      child.kill("SIGKILL");
    };
    child.on("message", (news: News) => {
      clearTimeout(timer);
      if ("ready" in news) ready = true;
      else if ("begins" in news) {
        running = { number: news.begins, about: news.about };
        timer = setTimeout(stop, secondsOfCase * 1000, "hang");
      } else {
        if (news.complaint !== undefined) found(news.complaint);
        running = undefined;
        next = news.ended + 1;
        result.cases += 1;
        onCase?.(result.cases);
        timer = setTimeout(stop, secondsOfCase * 1000, "hang");
        if (Date.now() > end) stop("over");
      }
    });
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (!ready) {
        reject(new Error(`the worker did not start: ${said}`));
        return;
      }
      if (running !== undefined && reason !== "over") {
        const what =
          reason === "hang"
            ? `ran for more than ${secondsOfCase} s`
            : `ended the process (${signal ?? code}): ${said.slice(-500)}`;
        found({ kind: "crashes", what });
        result.cases += 1;
        next = running.number + 1;
      } else if (reason === undefined && next < to) {
        reject(new Error(`the worker ended (${signal ?? code}): ${said}`));
        return;
      }
      resolve(next);
    });
    const order: Order = { seed, from, to, of };
    child.send(order);
  });
}
