import { type FastifyError, type FastifyRequest } from "fastify";
import { type HostArray } from "../array/index.js";
import { InputError } from "../errors.js";
import { quoted } from "../quoted-text.js";
import { decodeImage, TooManyPixelsError } from "../node/data/index.js";
import { decodeSafetensors } from "../storage/index.js";
import { parseWith } from "../schema.js";
import { type Limits } from "./limits.js";
import { RequestError } from "./request-error.js";
import { type ModelDescription } from "./sampling-worker.js";
import { type Given, type SamplingJob } from "./sampling.js";
import { type SampleSettings, type Schemas } from "./schemas.js";

/** The samples that a request asks for, and what was changed in its picture. */
export interface SampleRequest {
  job: SamplingJob;
  converted: readonly string[];
}

/** What is needed to read a request's body. */
export interface Reading {
  model: ModelDescription;
  limits: Limits;
  schemas: Schemas;
}

// An observation has a few tensors. Their check takes seconds for a header that is as long as the longest body.
const longestHeader = 2 ** 20;

type Kind = "image" | "observation";
const wantedFile = "give image (to be degraded) or observation (degraded already)";

/** A request before its picture is decoded. */
interface Body {
  settings: SampleSettings;
  kind: Kind;
  bytes: Uint8Array;
}

/**
 * Reads a request for samples: an object of JSON, or a form with a file.
 *
 * @throws RequestError with the status 400 if it is malformed, 413 if its image is too large, 422 if its image or observation
 *   cannot be used
 */
export async function readSampleRequest(request: FastifyRequest, reading: Reading): Promise<SampleRequest> {
  const { settings, kind, bytes } = request.isMultipart()
    ? await readForm(request, reading)
    : readJson(request, reading);
  try {
    return await (kind === "image" ? readImage : readObservation)(settings, bytes, reading);
  } catch (error) {
    if (error instanceof TooManyPixelsError) throw new RequestError(413, error.message);
    if (error instanceof InputError) throw new RequestError(422, error.message);
    throw error;
  }
}

function readJson({ body }: FastifyRequest, { schemas }: Reading): Body {
  const { image, observation, ...settings } = checked(() => parseWith(schemas.request, body, "the request"));
  const kind = image === undefined ? "observation" : "image";
  return { settings, kind, bytes: Buffer.from(image ?? observation ?? "", "base64") };
}

async function readForm(request: FastifyRequest, { schemas, limits }: Reading): Promise<Body> {
  const { fields, files } = await partsOf(request, limits.bodyBytes).catch((error: Partial<FastifyError> & Error) => {
    if (error instanceof RequestError || error.statusCode !== undefined) throw error;
    // The parser's own errors do not say whose fault they are.
    throw new RequestError(400, `the form cannot be read: ${error.message}`);
  });
  const [[kind, bytes] = [undefined, new Uint8Array()], ...others] = files;
  if (!isKind(kind) || others.length > 0) throw new RequestError(400, `the form needs one file: ${wantedFile}`);
  const settings = checked(() => parseWith(schemas.fields, Object.fromEntries(fields), "the form"));
  return { settings, kind, bytes };
}

async function partsOf(request: FastifyRequest, most: number) {
  let total = 0;
  const fields = new Map<string, unknown>();
  const files = new Map<string, Uint8Array>();
  for await (const part of request.parts()) {
    const { fieldname: name } = part;
    if (fields.has(name) || files.has(name))
      throw new RequestError(400, `the form has "${quoted(name)}" twice: give it once`);
    if (part.type === "field") fields.set(name, part.value);
    else {
      if (!isKind(name)) throw new RequestError(400, `the form has the file "${quoted(name)}": ${wantedFile}`);
      const bytes = await part.toBuffer();
      total += bytes.length;
      // A form that declares no length is limited only here.
      if (total > most) throw new RequestError(413, `the form has more than the ${most} bytes that are accepted`);
      files.set(name, bytes);
    }
  }
  return { fields, files };
}

function isKind(name: string | undefined): name is Kind {
  return name === "image" || name === "observation";
}

function checked<Value>(check: () => Value): Value {
  try {
    return check();
  } catch (error) {
    throw error instanceof InputError ? new RequestError(400, error.message) : error;
  }
}

async function readImage(settings: SampleSettings, bytes: Uint8Array, reading: Reading): Promise<SampleRequest> {
  const { image, converted } = await decode(bytes, "the image", "crop", reading);
  return requestOf(settings, { kind: "image", image }, converted, true);
}

async function readObservation(settings: SampleSettings, bytes: Uint8Array, reading: Reading): Promise<SampleRequest> {
  const header = headerOf(bytes);
  if (header === undefined) {
    const { image, converted } = await decode(bytes, "the observation", "exact", reading);
    return requestOf(settings, { kind: "seen", transposed: image }, converted, false);
  }
  if (header > longestHeader)
    throw new RequestError(422, `the observation's header has ${header} bytes: at most ${longestHeader} are read`);
  const measured = decodeSafetensors(bytes, "the observation", (name) => name === "observation").size > 0;
  return requestOf(settings, { kind: "file", bytes }, [], measured);
}

function requestOf(
  settings: SampleSettings,
  given: Given,
  converted: readonly string[],
  measured: boolean,
): SampleRequest {
  return { job: { ...settings, given, measured }, converted };
}

async function decode(bytes: Uint8Array, name: string, size: "crop" | "exact", { model, limits }: Reading) {
  const [channels, height, width] = model.shape;
  const options = { size, mostPixels: limits.pixels };
  const { image, converted } = await decodeImage(bytes, name, { channels, height, width }, options);
  return { image: { shape: [1, ...image.shape], data: image.data } satisfies HostArray, converted };
}

/** The length of a safetensors file's header, which is a JSON object; undefined if the bytes are no such file. */
function headerOf(bytes: Uint8Array): number | undefined {
  if (bytes[8] !== "{".charCodeAt(0)) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  return length <= bytes.length - 8 ? Number(length) : undefined;
}
