import { type Server } from "node:http";
import { type Socket } from "node:net";

/**
 * Watches the connections that have not sent a whole request yet. Node does not count them as idle, so a server that is
 * closing would wait for them.
 *
 * @returns closes at once those that have sent nothing, and the others after a grace period in milliseconds
 */
export function watchUnusedConnections(server: Server): (graceMs: number) => void {
  const unused = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }: { socket: Socket }) => unused.delete(socket));
  return (graceMs) => {
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
    setTimeout(() => unused.forEach((socket) => socket.destroy()), graceMs).unref();
  };
}
