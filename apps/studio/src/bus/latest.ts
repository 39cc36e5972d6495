/**
 * Runs one request at a time; of those that come meanwhile only the latest is kept. So a view that is redrawn while
 * something is dragged is as fresh as the computation allows, and never falls behind.
 *
 * @param run what to do with a request; it deals with its own failures
 * @returns asks for a request
 */
export function latest<Request>(run: (request: Request) => Promise<void>): (request: Request) => void {
  let waiting: { request: Request } | undefined;
  let running = false;
  const drain = async (): Promise<void> => {
    running = true;
    while (waiting !== undefined) {
      const { request } = waiting;
      waiting = undefined;
      await run(request);
    }
    running = false;
  };
  return (request) => {
    waiting = { request };
    if (!running) void drain();
  };
}
