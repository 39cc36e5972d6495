import { type FastifyReply } from "fastify";
import { RequestError } from "./request-error.js";

/** Aborted when the time for the answer is over or the client has disconnected. */
export function leavingSignal(reply: FastifyReply, seconds: number): { signal: AbortSignal; clear(): void } {
  const controller = new AbortController();
  const late = new RequestError(
    503,
    `the samples were not ready within ${seconds} s: ask for fewer samples, or try again later`,
    1,
  );
  const timer = setTimeout(() => controller.abort(late), 1000 * seconds);
  const leave = (): void => controller.abort(new RequestError(499, "the client has disconnected"));
  reply.raw.once("close", leave);
  return {
    signal: controller.signal,
    clear() {
      clearTimeout(timer);
      reply.raw.off("close", leave);
    },
  };
}
