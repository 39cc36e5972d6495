const channel = new MessageChannel();
let waiting: (() => void)[] = [];
channel.port1.onmessage = () => {
  const ready = waiting;
  waiting = [];
  for (const go of ready) go();
};

/**
 * Lets the worker hear of what the page asks meanwhile: the engine itself never pauses. Unlike a timer's, this pause does not
 * grow to milliseconds when it is taken often.
 */
export function hearMessages(): Promise<void> {
  return new Promise((resolve) => {
    waiting.push(resolve);
    channel.port2.postMessage(null);
  });
}
