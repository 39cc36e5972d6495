import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { load } from "./throughput.js";
import { openFiles, openFilesAtMost, type Served } from "./served.js";

/** The results of a service with callers that are slow, disconnect, or never read. */
export interface SlowFigures {
  callers: number;
  /** Number of other callers' requests that were answered in the meantime, and the time of the slowest percent. */
  answeredMeanwhile: number;
  p99Ms: number;
  /** Number of connections still open after the time of all callers was over. */
  heldAfterwards: number;
  /** Number of other callers' requests that got no samples, and of connections still open. */
  errors: number;
}

type Caller = (socket: Socket, head: string, body: string) => Promise<void>;

/** Greatest number of seconds that a caller continues, which is longer than the service allows. */
const patience = 20;

const callers: readonly Caller[] = [
  // Sends nothing.
  async () => undefined,
  // Sends a byte of the headers from time to time.
  (socket, head) => trickle(socket, head),
  // Sends the headers, then a byte of the body from time to time.
  (socket, head, body) => (socket.write(head), trickle(socket, body)),
  // Sends half of a body, then nothing.
  async (socket, head, body) => void socket.write(head + body.slice(0, body.length / 2)),
  // Sends half of a body, then disconnects.
  async (socket, head, body) => {
    socket.write(head + body.slice(0, body.length / 2));
    await setTimeout(50);
    socket.resetAndDestroy();
  },
  // Sends a whole request, then disconnects before the answer.
  async (socket, head, body) => {
    socket.write(head + body);
    await setTimeout(5);
    socket.destroy();
  },
  // Sends a whole request and half-closes at once; it still expects the answer.
  async (socket, head, body) => void socket.end(head + body),
  // Sends many requests, and never reads the answers.
  async (socket, head, body) => {
    socket.pause();
    for (let i = 0; i < 5; i++) socket.write(head + body);
  },
];

async function trickle(socket: Socket, text: string): Promise<void> {
  const end = performance.now() + 1000 * patience;
  for (const letter of text) {
    if (socket.destroyed || performance.now() > end) return;
    socket.write(letter);
    await setTimeout(200);
  }
}

/**
 * Calls a service in every way that keeps a connection open for long, and sends it normal requests in the meantime.
 *
 * @param times number of simultaneous callers of each kind
 */
export async function askSlowly(served: Served, body: string, times: number): Promise<SlowFigures> {
  const before = await openFiles(served);
  const { hostname, port } = new URL(served.address);
  const head = `POST /v1/samples HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  const sockets = callers.flatMap((caller) =>
    Array.from({ length: times }, () => {
      const socket = connect({ port: Number(port), host: hostname, allowHalfOpen: true });
      // The service may close any of them.
      socket.on("error", () => undefined);
      socket.on("end", () => socket.end());
      socket.resume();
      void caller(socket, head, body);
      return socket;
    }),
  );
  const usual = await load(served, { body, connections: 4, amount: 100 });
  // The service's own pools may have a few more files open than at the start.
  const spare = 4;
  const held = await openFilesAtMost(served, before + spare, 2 * patience);
  for (const socket of sockets) socket.destroy();
  const heldAfterwards = Math.max(0, held - before - spare);
  return {
    callers: sockets.length,
    answeredMeanwhile: usual.requests,
    p99Ms: usual.p99Ms,
    heldAfterwards,
    errors: usual.errors + usual.rejected + heldAfterwards,
  };
}
