import { type FastifyInstance } from "fastify";
import { batcher } from "./batcher.js";
import { httpServer } from "./http-server.js";
import { readSampleRequest } from "./inputs.js";
import { type Limits } from "./limits.js";
import { serviceMetrics } from "./metrics.js";
import { describeService } from "./openapi.js";
import { requireOwnOrigin } from "./own-origin.js";
import { contentSecurityPolicy, readPage } from "./pages.js";
import { RequestError } from "./request-error.js";
import { addSamplesRoute } from "./samples-route.js";
import { type ModelDescription } from "./sampling-worker.js";
import { type Sampled, samplingKey, type SamplingJob } from "./sampling.js";
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

/** Makes the server of one model. */
export async function createServer(parts: ServerParts): Promise<Server> {
  const { name, model, version, limits, batchSize, batchWait, seed = 0, atLoopback = false, allows, log } = parts;
  let state: ServiceState = "starting";
  const counts: Record<number, number> = {};
  const schemas = schemasOf(model, limits, seed);
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

  const app = await httpServer(limits, log);
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
  const refuseUnlessReady = (): void => {
    if (state !== "ready") throw new RequestError(503, `the service is ${state}: try again`, 1);
  };
  addSamplesRoute(app, {
    read: (request) => readSampleRequest(request, { model, limits, schemas }),
    jobs,
    limits,
    refuseUnlessReady,
    answered: (status, seconds) => {
      counts[status] = (counts[status] ?? 0) + 1;
      metrics.answered(status, seconds);
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
