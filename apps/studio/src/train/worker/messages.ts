/** Milliseconds between two pauses: a timer's least delay is 4 ms, a small share of this. */
const hearEvery = 50;
let heard = 0;
let pausing: Promise<void> | undefined;

/**
 * Lets the worker receive messages of the page: the engine itself never pauses. A timer, not a message to itself: a
 * browser delivers the messages of one channel in a row, and those of the page wait behind them for seconds.
 */
export async function hearMessages(): Promise<void> {
  if (performance.now() < heard + hearEvery) return;
  // One pause for all callers, so that none gets ahead of the others.
  pausing ??= new Promise<void>((resolve) => setTimeout(resolve)).then(() => {
    heard = performance.now();
    pausing = undefined;
  });
  await pausing;
}
