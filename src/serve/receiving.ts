import { type FastifyReply, type FastifyRequest } from "fastify";
import { type Limits } from "./limits.js";
import { RequestError } from "./request-error.js";

/** Limits how many bytes of bodies are being received, or kept for their answers, at once. */
export interface ReceivingBudget {
  /**
   * Counts a body that is about to arrive.
   *
   * @throws RequestError with the status 413 if it is too long, 429 if too many bytes are being received or kept already
   */
  begin(request: FastifyRequest, reply: FastifyReply): void;
  /** The body has been read; of its bytes so many are kept until the answer. */
  keep(request: FastifyRequest, bytes: number): void;
  /** Nothing of the body is kept any more. */
  end(request: FastifyRequest): void;
}

/**
 * Counts bodies by their declared length, or by the greatest allowed length if they declare none. One body of that length
 * is always taken.
 */
export function receivingBudget({ bodyBytes, receivingBytes }: Limits): ReceivingBudget {
  const most = Math.max(receivingBytes, bodyBytes);
  const bodies = new Map<FastifyRequest, number>();
  let total = 0;
  const end = (request: FastifyRequest): void => {
    total -= bodies.get(request) ?? 0;
    bodies.delete(request);
  };
  return {
    begin(request, reply) {
      const length = Number(request.headers["content-length"] ?? bodyBytes);
      if (length > bodyBytes)
        throw new RequestError(413, `the body has ${length} bytes: at most ${bodyBytes} are accepted`);
      if (total + length > most)
        throw new RequestError(429, "too many bytes are being received or waiting: try again in a second", 1);
      bodies.set(request, length);
      total += length;
      reply.raw.once("close", () => end(request));
    },
    keep(request, bytes) {
      total += bytes - (bodies.get(request) ?? 0);
      bodies.set(request, bytes);
    },
    end,
  };
}
