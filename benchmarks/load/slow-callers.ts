import { connect, type Socket } from "node:net";
import { setTimeout } from "node:timers/promises";
import { load } from "./throughput.js";
import { openFiles, openFilesAtMost, type Served } from "./served.js";

/** How a service fared with callers that are slow, go, or never read. */
export interface SlowFigures {
  callers: number;
  /** Requests that others had answered meanwhile, and the time of the slowest percent. */
  answeredMeanwhile: number;
  p99Ms: number;
  /** Connections that were still held after all callers' time was over. */
  heldAfterwards: number;
  /** Requests of others that got no samples, and connections held. */
  errors: number;
}

type Caller = (socket: Socket, head: string, body: string) => Promise<void>;

/** Seconds that a caller goes on, at most: longer than the service lets it. */
const patience = 20;

const callers: readonly Caller[] = [
  // Nothing at all.
  async () => undefined,
  // A byte of the headers now and then.
  (socket, head) => trickle(socket, head),
  // The headers, then a byte of the body now and then.
  (socket, head, body) => (socket.write(head), trickle(socket, body)),
  // Half a body, then nothing.
  async (socket, head, body) => void socket.write(head + body.slice(0, body.length / 2)),
  // Half a body, then gone.
  async (socket, head, body) => {
    socket.write(head + body.slice(0, body.length / 2));
    await setTimeout(50);
    socket.resetAndDestroy();
  },
  // A whole request, then gone before it is answered.
  async (socket, head, body) => {
    socket.write(head + body);
    await setTimeout(5);
    socket.destroy();
  },
  // A whole request, half closed at once: the answer is still wanted.
  async (socket, head, body) => void socket.end(head + body),
  // Many requests, whose answers are never read.
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
 * Calls a service in every way that holds a connection for long, and asks it in the usual one meanwhile.
 *
 * @param times how often each way is taken at once
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
  // The service's own pools may hold a few files more than at the start.
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
