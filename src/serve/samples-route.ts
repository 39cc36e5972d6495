import { type FastifyInstance, type FastifyRequest } from "fastify";
import { acceptedType, encodeAnswer } from "./answers.js";
import { type batcher } from "./batcher.js";
import { type SampleRequest } from "./inputs.js";
import { leavingSignal } from "./leaving-signal.js";
import { type Limits } from "./limits.js";
import { receivingBudget } from "./receiving.js";
import { RequestError } from "./request-error.js";
import { bytesOf, type Sampled, type SamplingJob } from "./sampling.js";

/** What the route for samples needs of its server. */
export interface SamplesRoute {
  /** Reads a request. Throws RequestError if it is wrong. */
  read(request: FastifyRequest): Promise<SampleRequest>;
  jobs: ReturnType<typeof batcher<SamplingJob, Sampled>>;
  limits: Limits;
  /** Throws RequestError unless the service is ready. */
  refuseUnlessReady(): void;
  /** Called for every answer, with its status and the seconds that it took. */
  answered(status: number, seconds: number): void;
}

/** Adds `POST /v1/samples`. */
export function addSamplesRoute(
  app: FastifyInstance,
  { read, jobs, limits, refuseUnlessReady, answered }: SamplesRoute,
): void {
  const receiving = receivingBudget(limits);
  const refuseWhereFull = (): void => {
    if (jobs.size >= limits.queue)
      throw new RequestError(429, `${limits.queue} requests are waiting already: try again in a second`, 1);
  };
  app.post("/v1/samples", {
    onRequest: async (request, reply) => {
      refuseUnlessReady();
      refuseWhereFull();
      if (Object.keys(request.query as object).length > 0)
        throw new RequestError(400, "the address has settings: give them in the body");
      if (acceptedType(request.headers.accept) === undefined)
        throw new RequestError(406, "accept application/json, application/vnd.safetensors or application/zip");
      receiving.begin(request, reply);
    },
    onResponse: async (request, reply) => {
      const { statusCode: status, elapsedTime } = reply;
      answered(status, elapsedTime / 1000);
      request.log.info({ status, milliseconds: Math.round(elapsedTime), ...about(request) }, "samples");
    },
    handler: async (request, reply) => {
      const leaving = leavingSignal(reply, limits.seconds);
      try {
        const asked = await read(request);
        // The text of a JSON body would otherwise stay in memory as long as its request waits.
        request.body = undefined;
        receiving.keep(request, bytesOf(asked.job.given));
        refuseWhereFull();
        const { problem, samples, steps } = asked.job;
        described.set(request, { problem, samples, steps });
        const sampled = await jobs.submit(asked.job, leaving.signal);
        if ("refused" in sampled) throw new RequestError(422, sampled.refused);
        const type = acceptedType(request.headers.accept) ?? "application/json";
        const body = await encodeAnswer(type, asked, sampled);
        return await reply.type(type).send(body);
      } finally {
        leaving.clear();
        receiving.end(request);
      }
    },
  });
}

/** What the log says about a request for samples, beside its status. */
const described = new WeakMap<FastifyRequest, object>();
const about = (request: FastifyRequest): object => described.get(request) ?? {};
