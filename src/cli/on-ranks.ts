import { setTimeout } from "node:timers/promises";
import { type Communicator, isOnEveryRank } from "../distributed/index.js";
import { LostProcessError } from "../errors.js";
import { type Outcome, SilentError } from "./command.js";

/** Seconds that rank 0 has to save and to end the others, before one of them speaks in its place. */
const rankZeroSeconds = 15;

/**
 * Runs a command's work as one of several ranks: rank 0 alone prints. What only one rank meets ends all of them, when that rank
 * has said it.
 */
export async function runOnRanks(
  communicator: Communicator,
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
    // Others lose the same rank at the same time: one line is enough.
    if (error instanceof LostProcessError && rank !== 0) await setTimeout(1000 * (rankZeroSeconds + rank));
    process.once("exit", (exitCode) => communicator.abort(exitCode));
    throw error;
  }
}
