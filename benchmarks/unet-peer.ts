import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { createInterface } from "node:readline";

const python = "/usr/bin/python3";

/** The benchmark's training steps in PyTorch, in a separate process. */
export interface Peer {
  /** The version of PyTorch. */
  version: string;
  /** Runs one step and returns its time in milliseconds. */
  step(name: "flowMatching" | "joint"): Promise<number>;
  stop(): void;
}

/**
 * Starts `unet_peer.py` with as many threads as this machine has.
 *
 * @returns undefined if /usr/bin/python3 has no PyTorch
 */
export async function startPeer(sizes: Record<string, number | number[]>): Promise<Peer | undefined> {
  const script = "benchmarks/unet_peer.py";
  const order = JSON.stringify({ threads: availableParallelism(), ...sizes });
  const child = spawn(python, [script, order], { stdio: ["pipe", "pipe", "ignore"] });
  // If python3 is missing, the process ends without an answer.
  child.on("error", () => undefined);
  child.stdin.on("error", () => undefined);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async (): Promise<Record<string, unknown> | undefined> => {
    const { done, value } = (await lines.next()) as IteratorResult<string, undefined>;
    return done === true ? undefined : (JSON.parse(value) as Record<string, unknown>);
  };
  const ready = await answer();
  if (ready === undefined) return undefined;
  return {
    version: String(ready.ready),
    async step(name) {
      child.stdin.write(`${JSON.stringify({ step: name })}\n`);
      const result = await answer();
      if (result === undefined) throw new Error(`${script} ended in the middle of a step`);
      return Number(result.milliseconds);
    },
    stop: () => child.stdin.end(),
  };
}
