import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { builtProgram } from "../support/built-program.js";

/** Why ranks cannot be started here; undefined if they can. */
export const lacking =
  spawnSync("mpirun", ["--version"]).error === undefined
    ? undefined
    : "there is no mpirun (apt-get install openmpi-bin)";

/** Why MPICH's ranks cannot be started here; undefined if they can. */
export const lackingMpich =
  spawnSync("mpiexec.hydra", ["--version"]).error === undefined
    ? undefined
    : "there is no mpiexec.hydra (apt-get install mpich)";

/** `mpirun` with several ranks of `vfm`. */
export interface Launch {
  ranks: number;
  /** Whose launcher and library; Open MPI's if not given. */
  library?: "mpich";
  /** Words between `mpirun` and the program. */
  options?: readonly string[];
  /** Words before `mpirun`. */
  before?: readonly string[];
  /**
   * Seconds that `mpirun` waits when a rank has failed or died, before it takes all for ended: SIGTERM, this wait, SIGKILL, this
   * wait. 10 if not given, in which a rank that waits for another can say so; ranks that all end by themselves need no time.
   */
  killSeconds?: number;
}

/** How `mpirun` ended and what it and the ranks printed. */
export interface Ended {
  code: number | null;
  out: string;
  err: string;
}

/** A command line that runs. */
export interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

const program = [process.execPath, builtProgram];
// A container's root, and more ranks than processors.
const environment = { OMPI_ALLOW_RUN_AS_ROOT: "1", OMPI_ALLOW_RUN_AS_ROOT_CONFIRM: "1" };

/** Starts `vfm` with these words on several ranks, or in one process without MPI. */
export function start(launch: Launch | undefined, ...words: readonly string[]): Running {
  const { ranks, library, options = [], before = [], killSeconds = 10 } = launch ?? { ranks: 1 };
  const settings = ["-q", "--oversubscribe", "--mca", "odls_base_sigkill_timeout", String(killSeconds)];
  const launcher = library === "mpich" ? ["mpiexec.hydra"] : ["mpirun", ...settings];
  const mpirun = [...before, ...launcher, ...options, "-n", String(ranks)];
  const [command, ...rest] = [...(launch === undefined ? [] : mpirun), ...program, ...words];
  const child = spawn(command, rest, { stdio: ["ignore", "pipe", "pipe"], env: { ...process.env, ...environment } });
  const text = { out: "", err: "" };
  child.stdout.on("data", (chunk) => (text.out += String(chunk)));
  child.stderr.on("data", (chunk) => (text.err += String(chunk)));
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, ...text }));
  });
  return { process: child, ended };
}

/** The processes of the ranks whose command line has this word, by rank. */
export function ranksOf(word: string): number[] {
  const found: number[] = [];
  for (const name of readdirSync("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const [program, ...words] = wordsOf(name, "cmdline");
    const rank = wordsOf(name, "environ").find((entry) => entry.startsWith("OMPI_COMM_WORLD_RANK="));
    if (program === process.execPath && words.includes(word) && rank !== undefined)
      found[Number(rank.split("=")[1])] = Number(name);
  }
  return found;
}

function wordsOf(processId: string, file: "cmdline" | "environ"): string[] {
  try {
    return readFileSync(`/proc/${processId}/${file}`, "utf8").split("\0");
  } catch {
    // It has ended meanwhile, or is not ours.
    return [];
  }
}
