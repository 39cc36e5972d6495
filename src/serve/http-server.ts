import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import multipart from "@fastify/multipart";
import fastify, { type FastifyError, type FastifyInstance, type FastifyReply, LogController } from "fastify";
import { quoted } from "../quoted-text.js";
import { type Limits } from "./limits.js";
import { RequestError } from "./request-error.js";

// The answers to broken requests that Node itself rejects.
const brokenRequests: Readonly<Record<string, [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request did not arrive completely in time"],
  HPE_HEADER_OVERFLOW: [431, "the request's headers are too long"],
};

/**
 * An HTTP server without routes: its limits of time and size, and the answers to failures, one line of JSON each.
 *
 * @param log takes the log's lines of JSON
 */
export async function httpServer(limits: Limits, log: (line: string) => void): Promise<FastifyInstance> {
  // Node takes whole milliseconds.
  const receiveMilliseconds = Math.ceil(1000 * limits.receiveSeconds);
  const app = fastify({
    logger: {
      level: "info",
      base: null,
      messageKey: "message",
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (level) => ({ level }) },
      stream: { write: log },
    },
    logController: new LogController({ disableRequestLogging: true }),
    bodyLimit: limits.bodyBytes,
    // An idle connection is closed; one that waits for its samples stays open until their time limit.
    connectionTimeout: Math.ceil(1000 * limits.seconds) + receiveMilliseconds,
    requestTimeout: receiveMilliseconds,
    keepAliveTimeout: 5000,
    forceCloseConnections: "idle",
    // While the service stops, its own checks answer.
    return503OnClosing: false,
    frameworkErrors({ statusCode = 400, message }, _request, reply: FastifyReply) {
      void reply.code(statusCode).send({ error: quoted(message) });
    },
    http: {
      headersTimeout: receiveMilliseconds,
      // The interval between checks for slow requests.
      connectionsCheckingInterval: 500,
    },
    clientErrorHandler(error, socket) {
      const [status, message] = brokenRequests[error.code] ?? [400, "the request is not valid HTTP"];
      if (!socket.writable) return;
      const body = JSON.stringify({ error: message });
      socket.end(
        `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    },
  });
  app.server.maxConnections = limits.connections;
  app.server.on("checkExpectation", (_request: IncomingMessage, response: ServerResponse) => {
    const body = JSON.stringify({ error: "the header Expect can only be 100-continue: leave it out" });
    const headers = { "content-type": "application/json", "content-length": body.length, connection: "close" };
    response.writeHead(417, headers).end(body);
  });
  app.removeContentTypeParser("text/plain");
  await app.register(multipart, {
    // One file more than a request may have, so that it gets the service's own message.
    limits: { fileSize: limits.bodyBytes, files: 2, fields: 16, fieldSize: 1024, parts: 20, fieldNameSize: 100 },
  });
  app.setNotFoundHandler((request, reply) =>
    reply.code(404).send({ error: `there is no ${request.method} ${quoted(request.url)}: see /openapi.json` }),
  );
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const { status, message, retryAfter } = inOurWords(error);
    if (status >= 500 && !(error instanceof RequestError)) request.log.error({ err: error }, "a request failed");
    if (retryAfter !== undefined) reply.header("retry-after", String(retryAfter));
    return reply.code(status).send({ error: message });
  });
  return app;
}

/** The status and the line of the answer to a failure. */
function inOurWords(error: FastifyError): { status: number; message: string; retryAfter?: number | undefined } {
  if (error instanceof RequestError) return error;
  // Errors of Fastify and its parsers: a body that is too large, invalid JSON, a truncated form.
  const { statusCode = 500 } = error;
  if (statusCode < 400 || statusCode >= 500) return { status: 500, message: "the service failed: see its log" };
  return { status: statusCode, message: quoted(error.message) };
}
