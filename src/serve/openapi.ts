import { z } from "zod";
import { answerTypes } from "./answers.js";
import { type Schemas } from "./schemas.js";

type JsonObject = Record<string, unknown>;

/** The meanings of the statuses of rejected requests. */
const refusals = {
  400: "the request is malformed",
  401: "the bearer token is missing, or is not one of the service's",
  403: "the request comes from a page of another site",
  406: "the Accept header allows none of the media types of an answer",
  408: "the request did not arrive completely in time",
  413: "the body or the image is too large",
  415: "the body is neither JSON nor a form",
  417: "the Expect header asks for something other than 100-continue",
  422: "the image or the observation cannot be used",
  429: "too many requests are waiting: try again after the seconds in Retry-After",
  431: "the headers are too long",
  500: "the service failed: its log says why",
  503: "the service is starting or stopping, or the samples were not ready in time",
} as const;

/** The service's description, OpenAPI 3.1, made from the schemas that validate requests. */
export function describeService(schemas: Schemas, version: string): JsonObject {
  const components = {
    SampleRequest: jsonSchema(schemas.request, "input"),
    Samples: jsonSchema(schemas.answer, "output"),
    Models: jsonSchema(schemas.models, "output"),
    State: jsonSchema(schemas.state, "output"),
    Error: jsonSchema(schemas.error, "output"),
  };
  const reference = (name: keyof typeof components): JsonObject => ({ $ref: `#/components/schemas/${name}` });
  const json = (name: keyof typeof components): JsonObject => ({ "application/json": { schema: reference(name) } });
  const refused = (...statuses: (keyof typeof refusals)[]): JsonObject =>
    Object.fromEntries(
      statuses.map((status) => {
        const wait = { "Retry-After": { description: "seconds", schema: { type: "integer" } } };
        const headers = status === 429 || status === 503 ? { headers: wait } : {};
        return [status, { description: refusals[status], ...headers, content: json("Error") }];
      }),
    );
  const answered = (description: string, content: JsonObject): JsonObject => ({ 200: { description, content } });
  const binary = { schema: { type: "string", format: "binary" } };
  const [, ...binaryTypes] = answerTypes;
  const open = { security: [] };
  return {
    openapi: "3.1.0",
    info: { title: "Posterior samples of inverse problems", version, license: { name: "MIT", identifier: "MIT" } },
    security: [{ bearer: [] }],
    paths: {
      "/v1/samples": {
        post: {
          operationId: "sample",
          summary: "Draw posterior samples for an image, which is degraded first, or for an observation",
          requestBody: {
            required: true,
            content: {
              ...json("SampleRequest"),
              "multipart/form-data": { schema: jsonSchema(schemas.form, "input") },
            },
          },
          responses: {
            ...answered("the samples", {
              ...json("Samples"),
              ...Object.fromEntries(binaryTypes.map((type) => [type, binary])),
            }),
            ...refused(400, 401, 403, 406, 408, 413, 415, 417, 422, 429, 431, 500, 503),
          },
        },
      },
      "/v1/models": {
        get: {
          operationId: "models",
          summary: "The model, its problems and the limits",
          responses: { ...answered("the models", json("Models")), ...refused(401, 403) },
        },
      },
      "/healthz": {
        get: {
          operationId: "health",
          summary: "Whether the process is running",
          ...open,
          responses: answered("the process is running", json("State")),
        },
      },
      "/readyz": {
        get: {
          operationId: "readiness",
          summary: "Whether the service is ready to sample",
          ...open,
          responses: { ...answered("the service is ready", json("State")), ...refused(503) },
        },
      },
      "/metrics": {
        get: {
          operationId: "metrics",
          summary: "Counters and times in Prometheus's text format",
          responses: {
            ...answered("the metrics", { "text/plain": { schema: { type: "string" } } }),
            ...refused(401, 403),
          },
        },
      },
    },
    components: { schemas: components, securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
  };
}

function jsonSchema(schema: z.ZodType, io: "input" | "output"): JsonObject {
  const { $schema: _, ...own } = z.toJSONSchema(schema, { io, unrepresentable: "any" });
  return own;
}
