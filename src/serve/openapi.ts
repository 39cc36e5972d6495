import { z } from "zod";
import { answerTypes } from "./answers.js";
import { type Schemas } from "./schemas.js";

type JsonObject = Record<string, unknown>;

/** What the statuses of refusals mean. */
const refusals = {
  400: "the request is malformed",
  401: "there is no bearer token, or not one of the service's",
  403: "a page of another site asks",
  406: "none of the forms of an answer is accepted",
  408: "the request did not arrive whole in time",
  413: "the body or the image is too large",
  415: "the body is neither JSON nor a form",
  417: "the Expect header asks for something else than 100-continue",
  422: "the image or the observation cannot be used",
  429: "too many requests wait: try again after as many seconds as Retry-After says",
  503: "the service is starting or stopping, or the samples were not ready in time",
} as const;

/** The service's description, OpenAPI 3.1, from the schemas that requests are checked with. */
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
          summary: "Posterior samples of an image that is degraded first, or of an observation",
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
            ...refused(400, 401, 403, 406, 408, 413, 415, 417, 422, 429, 503),
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
          summary: "Whether the process answers",
          ...open,
          responses: answered("it does", json("State")),
        },
      },
      "/readyz": {
        get: {
          operationId: "readiness",
          summary: "Whether requests are sampled",
          ...open,
          responses: { ...answered("they are", json("State")), ...refused(503) },
        },
      },
      "/metrics": {
        get: {
          operationId: "metrics",
          summary: "Counts and times in Prometheus' form",
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
