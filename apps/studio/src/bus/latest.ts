/**
 * Runs one request at a time; of those that arrive meanwhile only the latest is kept. So a view that is redrawn while
 * something is dragged is as fresh as the computation allows, and never falls behind.
 *
 * @param run handles a request, and its own failures. The signal is aborted when a newer request waits: work that nobody
 *   would see can then be skipped
 * @returns a function that submits a request
 */
export function latest<Request>(
  run: (request: Request, overtaken: AbortSignal) => Promise<void>,
): (request: Request) => void {
  let waiting: { request: Request } | undefined;
  let running: AbortController | undefined;
  const drain = async (): Promise<void> => {
    while (waiting !== undefined) {
      const { request } = waiting;
      waiting = undefined;
      running = new AbortController();
      await run(request, running.signal);
    }
    running = undefined;
  };
  return (request) => {
    waiting = { request };
    if (running === undefined) void drain();
    else running.abort();
  };
}
