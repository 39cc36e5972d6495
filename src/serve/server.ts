import { type IncomingMessage, type ServerResponse, STATUS_CODES } from "node:http";
import multipart from "@fastify/multipart";
import fastify, {
  LogController,
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from "fastify";
import { quoted } from "../quoted-text.js";
import { acceptedType, encodeAnswer } from "./answers.js";
import { batcher } from "./batcher.js";
import { readSampleRequest } from "./inputs.js";
import { leavingSignal } from "./leaving-signal.js";
import { type Limits } from "./limits.js";
import { isLoopback } from "./loopback.js";
import { serviceMetrics } from "./metrics.js";
import { describeService } from "./openapi.js";
import { contentSecurityPolicy, readPage } from "./pages.js";
import { receivingBudget } from "./receiving.js";
import { RequestError } from "./request-error.js";
import { type ModelDescription } from "./sampling-worker.js";
import { bytesOf, type Sampled, samplingKey, type SamplingJob } from "./sampling.js";
import { schemasOf } from "./schemas.js";
import { type TokenCheck } from "./tokens.js";

/** The parts of a server. */
export interface ServerParts {
  /** The model's name. */
  name: string;
  model: ModelDescription;
  /** The package's version. */
  version: string;
  limits: Limits;
  /** Samples of a batch. */
  batchSize: number;
  /** Milliseconds that a request waits for others. */
  batchWait: number;
  /** The seed of requests that give none. Default: 0. */
  seed?: number | undefined;
  /** Whether it listens where only programs of its own machine reach it. Default: false. */
  atLoopback?: boolean;
  /** Checks bearer tokens; without it everyone may send requests. */
  allows?: TokenCheck | undefined;
  /** Samples jobs with the same key. */
  sample(jobs: readonly SamplingJob[]): Promise<Sampled[]>;
  /** Takes the log's lines of JSON. */
  log(line: string): void;
}

/** The state of a service: requests are sampled while it is ready. */
export type ServiceState = "starting" | "ready" | "stopping";

/** A server that is not listening yet, and its state. */
export interface Server {
  app: FastifyInstance;
  setState(state: ServiceState): void;
  /** Answers of `POST /v1/samples` by their status. */
  counts: Readonly<Record<number, number>>;
}

// The answers to broken requests that Node itself rejects.
const brokenRequests: Readonly<Record<string, [status: number, message: string]>> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, "the request did not arrive completely in time"],
  HPE_HEADER_OVERFLOW: [431, "the request's headers are too long"],
};

/** Makes the server of one model. */
export async function createServer(parts: ServerParts): Promise<Server> {
  const { name, model, version, limits, batchSize, batchWait, seed = 0, atLoopback = false, allows, log } = parts;
  // Node takes whole milliseconds.
  const receiveMilliseconds = Math.ceil(1000 * limits.receiveSeconds);
  let state: ServiceState = "starting";
  const counts: Record<number, number> = {};
  const schemas = schemasOf(model, limits, seed);
  const receiving = receivingBudget(limits);
  const jobs = batcher<SamplingJob, Sampled>({
    keyOf: samplingKey,
    rowsOf: ({ samples }) => samples,
    rows: batchSize,
    wait: batchWait,
    run: async (batch) => {
      const start = performance.now();
      const results = await parts.sample(batch);
      const drawn = results.reduce((sum, one) => sum + ("samples" in one ? one.samples.shape[0] : 0), 0);
      metrics.sampled(batch.length, drawn, (performance.now() - start) / 1000);
      return results;
    },
  });
  const metrics = serviceMetrics(() => jobs.size);

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

  app.addHook("onRequest", async (request, reply) => {
    reply.headers({
      "cache-control": "no-store",
      "content-security-policy": contentSecurityPolicy,
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    });
    if (state === "stopping") reply.header("connection", "close");
    const path = request.routeOptions.url ?? "";
    if (!path.startsWith("/v1/") && path !== "/metrics") return;
    // A page of another site may let its name point to this machine. A proxy's public name needs tokens.
    requireOwnOrigin(request, atLoopback && allows === undefined);
    if (allows !== undefined && !allows(request.headers.authorization)) {
      reply.header("www-authenticate", "Bearer");
      throw new RequestError(401, "give one of the service's tokens: Authorization: Bearer TOKEN");
    }
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

  const refuseUnlessReady = (): void => {
    if (state !== "ready") throw new RequestError(503, `the service is ${state}: try again`, 1);
  };
  const refuseWhereFull = (): void => {
    if (jobs.size >= limits.queue)
      throw new RequestError(429, `${limits.queue} requests are waiting already: try again in a second`, 1);
  };
  app.post("/v1/samples", {
    onRequest: async (request, reply) => {
      refuseUnlessReady();
      refuseWhereFull();
      if (acceptedType(request.headers.accept) === undefined)
        throw new RequestError(406, "accept application/json, application/vnd.safetensors or application/zip");
      receiving.begin(request, reply);
    },
    onResponse: async (request, reply) => {
      const { statusCode: status, elapsedTime } = reply;
      counts[status] = (counts[status] ?? 0) + 1;
      metrics.answered(status, elapsedTime / 1000);
      request.log.info({ status, milliseconds: Math.round(elapsedTime), ...about(request) }, "samples");
    },
    handler: async (request, reply) => {
      const leaving = leavingSignal(reply, limits.seconds);
      try {
        const read = await readSampleRequest(request, { model, limits, schemas });
        // The text of a JSON body would otherwise stay in memory as long as its request waits.
        request.body = undefined;
        receiving.keep(request, bytesOf(read.job.given));
        refuseWhereFull();
        const { problem, samples, steps } = read.job;
        described.set(request, { problem, samples, steps });
        const sampled = await jobs.submit(read.job, leaving.signal);
        if ("refused" in sampled) throw new RequestError(422, sampled.refused);
        const type = acceptedType(request.headers.accept) ?? "application/json";
        const body = await encodeAnswer(type, read, sampled);
        return await reply.type(type).send(body);
      } finally {
        leaving.clear();
        receiving.end(request);
      }
    },
  });
  app.get("/v1/models", async () => {
    const [channels, height, width] = model.shape;
    const { samples, steps, bodyBytes, pixels, seconds } = limits;
    const own = { samples, steps, bodyBytes, pixels, seconds };
    return { models: [{ name, image: { channels, height, width }, problems: model.problems, limits: own }] };
  });
  app.get("/healthz", async () => ({ state }));
  app.get("/readyz", async () => {
    refuseUnlessReady();
    return { state };
  });
  app.get("/metrics", async (_, reply) => {
    reply.type(metrics.registry.contentType);
    return metrics.registry.metrics();
  });
  const description = describeService(schemas, version);
  app.get("/openapi.json", async () => description);
  for (const { path, type, content } of readPage()) app.get(path, async (_, reply) => reply.type(type).send(content));
  return { app, setState: (next) => void (state = next), counts };
}

/** What the log says about a request for samples, beside its status. */
const described = new WeakMap<FastifyRequest, object>();
const about = (request: FastifyRequest): object => described.get(request) ?? {};

/**
 * A page of another site may not use a service that its visitor's browser reaches.
 *
 * @param local whether the service's own pages have this machine's names only
 */
function requireOwnOrigin({ headers: { origin, host = "" } }: FastifyRequest, local: boolean): void {
  const named = (url: string): URL | undefined => (URL.canParse(url) ? new URL(url) : undefined);
  const own = named(`http://${host}`);
  // Browsers send no Origin with the requests of a page for what lies on its own host.
  const isOwn = origin === undefined || named(origin)?.host === host;
  if (isOwn && (!local || host === "" || (own !== undefined && isLoopback(own.hostname)))) return;
  throw new RequestError(
    403,
    "requests from pages of other sites are rejected: use the service's own page or a program",
  );
}

/** The status and the line of the answer to a failure. */
function inOurWords(error: FastifyError): { status: number; message: string; retryAfter?: number | undefined } {
  if (error instanceof RequestError) return error;
  // Errors of Fastify and its parsers: a body that is too large, invalid JSON, a truncated form.
  const { statusCode = 500 } = error;
  if (statusCode < 400 || statusCode >= 500) return { status: 500, message: "the service failed: see its log" };
  return { status: statusCode, message: quoted(error.message) };
}
