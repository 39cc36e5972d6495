import { setTimeout } from "node:timers/promises";
import { type Communicator, isOnEveryRank } from "../distributed/index.js";
import { LostProcessError } from "../errors.js";
import { type Outcome, SilentError } from "./command.js";

/** Seconds that rank 0 has to save and to end the others, before one of them speaks in its place. */
const rankZeroSeconds = 15;

/**
 * Runs a command's work as one of several ranks: rank 0 alone prints. What only one rank meets ends all of them, when that rank
 * has said it.
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
    // The others lose the same rank at the same time: one line is enough.
    if (error instanceof LostProcessError) await setTimeout(1000 * (rankZeroSeconds + rank));
    throw signal.aborted ? new SilentError(error) : error;
  }
}
