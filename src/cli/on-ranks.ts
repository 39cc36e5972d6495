import { setTimeout } from "node:timers/promises";
import { type Communicator, isOnEveryRank } from "../distributed/index.js";
import { LostProcessError } from "../errors.js";
import { type Outcome, SilentError } from "./command.js";

/** Seconds in which rank 0 can save and end the others, before another rank reports in its place. */
const rankZeroSeconds = 15;

/**
 * Runs a command's work as one of several ranks: only rank 0 prints. An error on a single rank ends all ranks, after that rank
 * has reported it.
 *
 * @param signal aborted when the process is told to end
 */
export async function runOnRanks(
  communicator: Communicator,
  signal: AbortSignal,
  work: (communicator: Communicator) => Promise<Outcome>,
): Promise<Outcome> {
  const { rank } = communicator;
  try {
    const outcome = await work(communicator);
    await communicator.close();
    return { ...outcome, silent: rank !== 0 };
  } catch (error) {
    if (isOnEveryRank(error)) {
      await communicator.close();
      throw rank === 0 ? error : new SilentError(error);
    }
    process.once("exit", (exitCode) => communicator.abort(exitCode));
    if (rank === 0) throw error;
    // All other ranks lose the same rank at the same time: one line is enough.
    if (error instanceof LostProcessError) await setTimeout(1000 * (rankZeroSeconds + rank));
    throw signal.aborted ? new SilentError(error) : error;
  }
}
