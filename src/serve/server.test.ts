import { Validator } from "@seriousme/openapi-schema-validator";
import { type InjectOptions } from "fastify";
import { once } from "node:events";
import { readFile, writeFile, mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { get, type IncomingMessage, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { setImmediate } from "node:timers/promises";
import sharp from "sharp";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { hostArray, type HostArray, randomSource } from "../array/index.js";
import { encodeObservation } from "../checkpoint/index.js";
import { decodeImage, encodePng } from "../node/data/index.js";
import { observe } from "../operators/index.js";
import { decodeSafetensors, encodeSafetensors } from "../storage/index.js";
import { samplePosterior, type TrainedModel } from "../vfm/index.js";
import { serverOf, tinyModel } from "../../test/support/served-model.js";
import { readTokens } from "./tokens.js";

let model: TrainedModel;
let server: Awaited<ReturnType<typeof serverOf>>;
let picture: Buffer;
let images: HostArray;
beforeAll(async () => {
  model = await tinyModel();
  server = await serverOf(model);
  picture = await encodePng(randomSource(1).uniformArray([1, 8, 8]));
  const { image } = await decodeImage(picture, "it", { channels: 1, height: 8, width: 8 });
  images = { shape: [1, 1, 8, 8], data: image.data };
});
afterAll(() => server.app.close());

type Served = Awaited<ReturnType<typeof serverOf>>;
const post = (body: unknown, headers: Record<string, string> = {}, at: Served = server) =>
  at.app.inject({ method: "POST", url: "/v1/samples", headers, payload: body as InjectOptions["payload"] & object });
const asked = (more: object = {}): Record<string, unknown> => ({
  problem: "denoise",
  image: picture.toString("base64"),
  samples: 4,
  ...more,
});
const tensors = { accept: "application/vnd.safetensors" };
const samplesIn = (body: Buffer): HostArray => decodeSafetensors(body, "answer").get("samples") as HostArray;
const expectClose = (a: HostArray, b: HostArray): void => {
  expect(a.data.length).toBe(b.data.length);
  a.data.forEach((value, i) => expect(value).toBeCloseTo(b.data[i], 4));
};
async function formOf(fields: Record<string, string | Uint8Array<ArrayBuffer>>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields))
    form.append(name, typeof value === "string" ? value : new Blob([value]));
  const response = new Response(form);
  const headers = { "content-type": response.headers.get("content-type") ?? "" };
  return { payload: Buffer.from(await response.arrayBuffer()), headers };
}
const error = (response: { json(): unknown }): string => (response.json() as { error: string }).error;

/** The requests that a server has sampled, and the batches in which it did so. */
async function batchesOf({ app }: Served): Promise<{ requests: number; batches: number }> {
  const { body } = await app.inject("/metrics");
  const count = (name: string): number =>
    Number(new RegExp(`^vfm_batch_requests_${name} (\\d+)$`, "m").exec(body)?.[1]);
  return { requests: count("sum"), batches: count("count") };
}

/** Sampling that fails once it is released, and what releases it. */
function heldSampling() {
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  const sample = async (jobs: readonly object[]) => {
    await held;
    return jobs.map(() => ({ refused: "late" }));
  };
  return { sample, release };
}

describe("samples over HTTP", () => {
  it.each([
    ["denoise", 4, 1],
    ["inpaint-box", 5, 2],
    ["motion-blur", 1, 1],
  ])("are those of samplePosterior for the same seed: %s", async (name, samples, steps) => {
    const problem = model.problem(name);
    const observation = await observe(problem, images, { seed: 7 });
    const own = await samplePosterior(model, observation, { samples, steps, seed: 7 });
    const settings = { problem: name, samples, steps, seed: 7 };
    const fromImage = await post(asked(settings), tensors);
    expect(fromImage.statusCode).toBe(200);
    expectClose(samplesIn(fromImage.rawPayload), own.samples);
    const file = Buffer.from(encodeObservation(observation)).toString("base64");
    const fromFile = await post({ ...settings, observation: file }, tensors);
    expectClose(samplesIn(fromFile.rawPayload), own.samples);
  });

  it("are the same alone and in a batch with others", async () => {
    const settings = [0, 1, 2, 3, 4, 5, 6].map((seed) =>
      asked({ problem: "inpaint-box", samples: 3 + (seed % 2), seed }),
    );
    const alone: Awaited<ReturnType<typeof post>>[] = [];
    // So long a wait that requests which are sent together also meet on a busy machine.
    const patient = await serverOf(model, {}, { batchWait: 200 });
    for (const one of settings) alone.push(await post(one, tensors, patient));
    const before = await batchesOf(patient);
    expect(before).toEqual({ requests: 7, batches: 7 });
    const together = await Promise.all(settings.map((one) => post(one, tensors, patient)));
    together.forEach((one, i) => expectClose(samplesIn(one.rawPayload), samplesIn(alone[i].rawPayload)));
    const after = await batchesOf(patient);
    expect(after.requests - before.requests).toBe(7);
    // A batch holds 16 samples, the seven requests ask for 24: they need two batches, or more where some come late.
    expect(after.batches - before.batches).toBeGreaterThanOrEqual(2);
    expect(after.batches - before.batches).toBeLessThan(7);
    await patient.app.close();
    expect(samplesIn(alone[0].rawPayload).data).not.toEqual(samplesIn(alone[2].rawPayload).data);
  });

  it("come as JSON with PNGs, as safetensors and as a zip, and say what was made of the image", async () => {
    const json = (await post(asked({ seed: 3 }))).json<Record<string, string> & { images: string[] }>();
    expect(json).toMatchObject({ problem: "denoise", seed: 3, samples: 4, steps: 1, evaluations: 1, updated: false });
    const bytes = (await post(asked({ seed: 3 }), tensors)).rawPayload;
    const { data } = samplesIn(bytes);
    const pixels = await sharp(Buffer.from(json.images[1], "base64")).raw().toBuffer();
    pixels.forEach((value, i) =>
      expect(Math.abs(value - 127.5 * (Math.min(1, Math.max(-1, data[64 + i])) + 1))).toBeLessThan(0.51),
    );
    const zip = await post(asked({ seed: 3 }), { accept: "application/zip" });
    const files = unzipSync(zip.rawPayload);
    expect(Object.keys(files)).toEqual([
      "samples.json",
      "observation.png",
      "mean.png",
      ...[1, 2, 3, 4].map((i) => `sample-00${i}.png`),
      "samples.safetensors",
    ]);
    expectClose(samplesIn(Buffer.from(files["samples.safetensors"])), samplesIn(bytes));
    expect(Buffer.from(files["sample-002.png"]).toString("base64")).toBe(json.images[1]);
    const colour = await sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })
      .png()
      .toBuffer();
    const converted = await post(asked({ image: colour.toString("base64") }));
    expect(converted.json()).toMatchObject({ converted: ["colour to grey"] });
  });

  it("come as a zip west of Greenwich too", async () => {
    vi.stubEnv("TZ", "America/New_York");
    const zip = await post(asked({ seed: 3 }), { accept: "application/zip" });
    vi.unstubAllEnvs();
    expect(zip.statusCode).toBe(200);
    expect(zip.rawPayload).toEqual((await post(asked({ seed: 3 }), { accept: "application/zip" })).rawPayload);
  });

  it("say that nothing was updated where the model's update is a temperature alone, which they have", async () => {
    const warm: TrainedModel = { ...model, updates: new Map([["denoise", { temperature: 1.5 }]]) };
    const at = await serverOf(warm);
    const observation = await observe(warm.problem("denoise"), images, { seed: 7 });
    const own = await samplePosterior(warm, observation, { samples: 4, seed: 7 });
    expect((await post(asked({ seed: 7 }), {}, at)).json()).toMatchObject({ updated: false });
    expectClose(samplesIn((await post(asked({ seed: 7 }), tensors, at)).rawPayload), own.samples);
    await at.app.close();
  });

  it("are answered to forms too, of images and of pictures of A^T y", async () => {
    const json = await post(asked({ seed: 5 }), tensors);
    const { payload, headers } = await formOf({
      problem: "denoise",
      samples: "4",
      seed: "5",
      image: new Uint8Array(picture),
    });
    const form = await post(payload, { ...headers, ...tensors });
    expect(form.statusCode).toBe(200);
    expectClose(samplesIn(form.rawPayload), samplesIn(json.rawPayload));
    const seen = await formOf({ problem: "inpaint-box", samples: "2", observation: new Uint8Array(picture) });
    const answered = await post(seen.payload, seen.headers);
    expect(answered.json()).toMatchObject({ updated: false, samples: 2 });
  });
});

it("a request without a seed has the server's", async () => {
  const seeded = await serverOf(model, {}, { seed: 9 });
  expect((await post(asked(), {}, seeded)).json()).toMatchObject({ seed: 9 });
  expect((await post(asked({ seed: 3 }), {}, seeded)).json()).toMatchObject({ seed: 3 });
  await seeded.app.close();
});

describe("what cannot be answered", () => {
  const json = { "content-type": "application/json" };
  const form = { "content-type": "multipart/form-data; boundary=a" };
  const field = (name: string, value: string): string =>
    `--a\r\ncontent-disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
  const file = (name: string): string =>
    `--a\r\ncontent-disposition: form-data; name="${name}"; filename="x"\r\n\r\nx\r\n`;
  it.each<[string, string | object | undefined, Record<string, string>, number, RegExp]>([
    ["nothing", undefined, {}, 400, /the request/],
    ["no JSON", "{", json, 400, /not valid JSON/],
    ["an empty body", "", json, 400, /empty/],
    ["a number", "5", json, 400, /give an object/],
    ["null", "null", json, 400, /give an object/],
    ["a list", "[]", json, 400, /give an object/],
    ["a prototype", '{"__proto__":{}}', json, 400, /not valid JSON/],
    ["deep JSON", "[".repeat(1e5), json, 400, /not valid JSON/],
    ["text", "image", { "content-type": "text/plain" }, 415, /Unsupported Media Type/],
    ["an image alone", "image", { "content-type": "image/png" }, 415, /Unsupported Media Type/],
    ["an unknown type", "image", { "content-type": "nothing" }, 415, /Unsupported Media Type/],
    ["a form without a boundary", "x", { "content-type": "multipart/form-data" }, 400, /Boundary not found/],
    ["a form that breaks off", "--a\r\ncontent-", form, 400, /the form cannot be read/],
    ["no form", "hello", form, 400, /the form/],
    ["a form without a file", `${field("problem", "denoise")}--a--`, form, 400, /the form needs one file/],
    ["a form with another file", `${file("picture")}--a--`, form, 400, /the file "picture": give image/],
    ["a form with two files", `${file("image")}${file("observation")}--a--`, form, 400, /the form needs one file/],
    ["a field twice", `${field("seed", "1")}${field("seed", "2")}--a--`, form, 400, /"seed" twice/],
    ["a form without a problem", `${file("image")}--a--`, form, 400, /problem/],
    [
      "a field that is no number",
      `${field("problem", "denoise")}${field("seed", "0x1")}${file("image")}--a--`,
      form,
      400,
      /^the form: seed: it is "0x1", give a finite number$/,
    ],
    [
      "a field that is too small",
      `${field("problem", "denoise")}${field("seed", "-1")}${file("image")}--a--`,
      form,
      400,
      /^the form: seed: it is -1, give /,
    ],
    [
      "a field of a prototype",
      `${field("problem", "denoise")}${field("__proto__", "1")}${file("image")}--a--`,
      form,
      400,
      /prototype property is not allowed as field name/,
    ],
    ["an empty object", {}, {}, 400, /problem/],
    ["no picture", { problem: "denoise" }, {}, 400, /give image \(to be degraded\) or observation/],
  ])("%s is refused in one line", async (_, body, headers, status, message) => {
    expectRefused(await post(body, headers), status, message);
  });

  it.each<[string, object, number, RegExp]>([
    ["both pictures", { observation: "aaaa" }, 400, /give image/],
    ["no problem", { problem: undefined }, 400, /problem/],
    ["an unknown problem", { problem: "paint" }, 400, /"denoise"/],
    ["another type", { problem: 5 }, 400, /problem/],
    ["an unknown entry", { sampels: 4 }, 400, /sampels/],
    ["a URL", { url: "http://127.0.0.1/" }, 400, /url/],
    ["a path", { image: "/etc/passwd" }, 400, /base64/],
    ["a data URL", { image: "data:image/png;base64,aaaa" }, 400, /base64/],
    ["base64 cut short", { image: "aaaaa" }, 400, /base64/],
    ["an empty image", { image: "" }, 400, /base64/],
    ["an image that is null", { image: null }, 400, /image/],
    ["no samples", { samples: 0 }, 400, /samples/],
    ["half a sample", { samples: 1.5 }, 400, /samples/],
    ["samples as text", { samples: "4" }, 400, /samples/],
    ["too many samples", { samples: 65 }, 400, /samples/],
    ["too many steps", { steps: 9 }, 400, /steps/],
    ["a negative seed", { seed: -1 }, 400, /seed/],
    ["a seed beyond integers", { seed: 1e300 }, 400, /seed/],
    ["what is no image", { image: "aaaa" }, 422, /the image/],
    ["an SVG", { image: base64("<svg xmlns='http://www.w3.org/2000/svg'/>") }, 422, /the image/],
    ["a PDF", { image: base64("%PDF-1.7") }, 422, /the image/],
    ["half a PNG", { image: base64("\x89PNG\r\n\x1a\n") }, 422, /the image/],
  ])("%s is refused in one line", async (_, entries, status, message) => {
    expectRefused(await post(asked(entries)), status, message);
  });

  it.each<[string, Record<string, string>, number, RegExp]>([
    ["an answer of another form", { accept: "text/html" }, 406, /accept application\/json/],
    ["an answer of no form", { accept: "*/*;q=0" }, 406, /accept application\/json/],
    ["a page of another site", { origin: "http://evil.example", host: "127.0.0.1" }, 403, /other sites/],
    ["an origin that is none", { origin: "null" }, 403, /other sites/],
  ])("%s is refused in one line", async (_, headers, status, message) => {
    expectRefused(await post(asked(), headers), status, message);
  });

  function base64(text: string): string {
    return Buffer.from(text, "latin1").toString("base64");
  }

  function expectRefused(response: Awaited<ReturnType<typeof post>>, status: number, message: RegExp): void {
    expect([response.statusCode, error(response)]).toEqual([status, expect.stringMatching(message)]);
    expect(error(response)).not.toContain("\n");
    expect(Object.keys(response.json<object>())).toEqual(["error"]);
  }

  it("an observation of another problem, model or form is refused", async () => {
    const bytes = encodeObservation(await observe(model.problem("denoise"), images, { seed: 1 }));
    const given = (observation: Uint8Array) => Buffer.from(observation).toString("base64");
    const other = await post({ problem: "motion-blur", observation: given(bytes) });
    expect([other.statusCode, error(other)]).toEqual([
      422,
      expect.stringContaining("was observed with problem denoise"),
    ]);
    const short = await post({ problem: "denoise", observation: given(bytes.subarray(0, bytes.length - 4)) });
    expect(short.statusCode).toBe(422);
    const larger = await encodePng(randomSource(1).uniformArray([1, 9, 9]));
    const size = await post({ problem: "denoise", observation: larger.toString("base64") });
    expect([size.statusCode, error(size)]).toEqual([422, expect.stringContaining("9 x 9")]);
  });

  it("a picture is refused where A^T y needs the kernel", async () => {
    const filtering = await serverOf(await tinyModel([{ name: "motion-blur", sigma: 0.1, transpose: "wiener" }]));
    const response = await post({ problem: "motion-blur", observation: picture.toString("base64") }, {}, filtering);
    expect([response.statusCode, error(response)]).toEqual([422, expect.stringContaining("needs more than a picture")]);
    await filtering.app.close();
  });

  it("a refusal in a batch leaves the others their samples", async () => {
    const bytes = encodeObservation(await observe(model.problem("inpaint-box"), images, { seed: 1 }));
    const whole = Buffer.from(bytes);
    const text = Buffer.from(bytes);
    // The last array's last value becomes a number that is none.
    text.writeUInt32LE(0x7fc00000, text.length - 4);
    const ask = (file: Buffer) => post({ problem: "inpaint-box", observation: file.toString("base64") });
    const [good, bad] = await Promise.all([ask(whole), ask(text)]);
    expect([good.statusCode, bad.statusCode]).toEqual([200, 422]);
    expect(error(bad)).toContain("every value has to be finite");
  });

  it("an observation of integers is refused alone, and named", async () => {
    const bytes = encodeSafetensors(new Map([["aty", hostArray(new Int32Array(64), [1, 8, 8])]]));
    const refused = await post({ problem: "denoise", observation: Buffer.from(bytes).toString("base64") });
    expect([refused.statusCode, error(refused)]).toEqual([422, "the observation: aty has to be float32, it is int32"]);
  });

  it("an observation's header longer than 1 MB is refused before it is read", async () => {
    const shape = JSON.stringify({
      aty: { dtype: "F32", shape: new Array<number>(600_000).fill(-1), data_offsets: [0, 0] },
    });
    const bytes = Buffer.concat([Buffer.alloc(8), Buffer.from(shape)]);
    bytes.writeBigUInt64LE(BigInt(shape.length));
    const refused = await post({ problem: "denoise", observation: bytes.toString("base64") });
    expect([refused.statusCode, error(refused)]).toEqual([422, expect.stringContaining("at most 1048576 are read")]);
  });

  it("random bytes are refused, whatever they are said to be", async () => {
    const random = randomSource(4);
    const types = ["application/json", "multipart/form-data; boundary=x", "text/plain", "application/octet-stream"];
    for (let i = 0; i < 60; i++) {
      const bytes = Buffer.from(Array.from({ length: random.integer(300) }, () => random.integer(256)));
      const response = await post(bytes, { "content-type": types[i % types.length] });
      expect(response.statusCode).toBeGreaterThanOrEqual(400);
      expect(response.statusCode).toBeLessThan(500);
      const file = bytes.toString("base64");
      if (file === "") continue;
      for (const body of [{ image: file }, { observation: file }])
        expect((await post({ problem: "denoise", ...body })).statusCode).toBe(422);
    }
    expect((await server.app.inject("/healthz")).statusCode).toBe(200);
  });

  it("a picture whose ninth byte is { is read as a picture", async () => {
    const tiff = await sharp({ create: { width: 8, height: 8, channels: 3, background: { r: 123, g: 123, b: 123 } } })
      .tiff({ compression: "none" })
      .toBuffer();
    expect(tiff[8]).toBe("{".charCodeAt(0));
    expect((await post({ problem: "denoise", observation: tiff.toString("base64") })).statusCode).toBe(200);
  });

  it("a URL that is none is 400 in the service's own form", async () => {
    expectRefused(await server.app.inject("/%ff"), 400, /%ff/);
  });

  it("a page under another name for this machine is refused", async () => {
    const local = await serverOf(model, {}, { atLoopback: true });
    const from = (host: string) => post(asked(), { origin: `http://${host}`, host }, local);
    expectRefused(await from("evil.example:8080"), 403, /other sites/);
    expectRefused(await from("127.evil.example"), 403, /other sites/);
    const seen = (host: string) => local.app.inject({ url: "/v1/models", headers: { host } });
    expectRefused(await seen("evil.example:8080"), 403, /other sites/);
    for (const own of ["127.0.0.1:8080", "localhost:8080", "[::1]:8080"]) {
      expect((await from(own)).statusCode).toBe(200);
      expect((await seen(own)).statusCode).toBe(200);
    }
    await local.app.close();
  });

  it("other paths and methods are 404", async () => {
    for (const [method, url] of [
      ["GET", "/v1/samples"],
      ["POST", "/"],
      ["GET", "/../package.json"],
      ["GET", "/%2e%2e/x"],
    ])
      expect((await server.app.inject({ method: method as "GET", url })).statusCode).toBe(404);
  });
});

describe("limits", () => {
  it("of bodies and pixels are 413", async () => {
    const small = await serverOf(model, { bodyBytes: 2000, pixels: 64 });
    const long = await post(asked({ image: "a".repeat(4000) }), {}, small);
    expect([long.statusCode, error(long)]).toEqual([413, expect.stringContaining("2000")]);
    const { payload, headers } = await formOf({ problem: "denoise", image: new Uint8Array(4000) });
    expect((await post(payload, headers, small)).statusCode).toBe(413);
    const large = await encodePng(randomSource(1).uniformArray([1, 9, 8]));
    const pixels = await post(asked({ image: large.toString("base64") }), {}, small);
    expect([pixels.statusCode, error(pixels)]).toEqual([413, expect.stringContaining("at most 64 are read")]);
    await small.app.close();
  });

  it("take a body of the greatest length, even if it says no length", async () => {
    const roomy = await serverOf(model, { bodyBytes: 2 ** 20, receivingBytes: 1000 });
    const body = Readable.from([JSON.stringify(asked())]);
    const response = await post(body, { "content-type": "application/json" }, roomy);
    expect(response.statusCode).toBe(200);
    await roomy.app.close();
  });

  it("of time may be parts of a millisecond", async () => {
    const { app } = await serverOf(model, { receiveSeconds: 1.0005, seconds: 0.0001 });
    await app.close();
  });

  it("of the queue are 429 with Retry-After; what waits is counted", async () => {
    const { sample, release } = heldSampling();
    // No request leaves the queue before it is released, also on a slow machine.
    const full = await serverOf(model, { queue: 2, seconds: 100 }, { sample });
    const waiting = [post(asked(), {}, full), post(asked(), {}, full)];
    await expect.poll(async () => (await full.app.inject("/metrics")).body).toMatch(/^vfm_queue_requests 2$/m);
    const refused = await post(asked(), {}, full);
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([429, "1"]);
    expect(error(refused)).toBe("2 requests are waiting already: try again in a second");
    release();
    expect((await Promise.all(waiting)).map(({ statusCode }) => statusCode)).toEqual([422, 422]);
    const { body } = await full.app.inject("/metrics");
    expect(body).toMatch(/^vfm_queue_requests 0$/m);
    expect(body).toContain('vfm_requests_total{status="429"} 1');
    expect(body).toContain('vfm_requests_total{status="422"} 2');
    expect(full.counts).toEqual({ 422: 2, 429: 1 });
    await full.app.close();
  });

  it("of time are 503 with Retry-After", async () => {
    const never = await serverOf(model, { seconds: 0.05 }, { sample: () => new Promise(() => undefined) });
    const late = await post(asked(), {}, never);
    expect([late.statusCode, late.headers["retry-after"]]).toEqual([503, "1"]);
    expect(error(late)).toContain("within 0.05 s");
    expect((await never.app.inject("/metrics")).body).toContain('vfm_requests_total{status="503"} 1');
    expect(never.counts).toEqual({ 503: 1 });
    await never.app.close();
  });

  it("of the bytes that are being received are 429 with Retry-After, until those have come", async () => {
    // Room for one body of the greatest length; one that says no length counts as the longest.
    const narrow = await serverOf(model, { bodyBytes: 4096, receivingBytes: 4096 });
    const address = await narrow.app.listen({ host: "127.0.0.1", port: 0 });
    const headers = { "content-type": "application/json", connection: "close" };
    const slow = request(`${address}/v1/samples`, { method: "POST", headers });
    const arriving = once(slow, "response") as Promise<[IncomingMessage]>;
    const begun = once(narrow.app.server, "request");
    slow.flushHeaders();
    await begun;
    // The server's own checks of the headers come first.
    await setImmediate();
    const refused = await post(asked(), {}, narrow);
    expect([refused.statusCode, refused.headers["retry-after"]]).toEqual([429, "1"]);
    expect(error(refused)).toBe("too many bytes are being received or waiting: try again in a second");
    slow.end(JSON.stringify(asked()));
    const [{ statusCode }] = await arriving;
    expect(statusCode).toBe(200);
    expect((await post(asked(), {}, narrow)).statusCode).toBe(200);
    await narrow.app.close();
  });

  it("of those bytes also count an observation that waits, by its file's length", async () => {
    const { sample, release } = heldSampling();
    const full = await serverOf(model, { bodyBytes: 4096, receivingBytes: 4096, seconds: 100 }, { sample });
    const file = encodeSafetensors(new Map([["aty", hostArray(new Float32Array(600), [600])]]));
    const waiting = post({ problem: "denoise", observation: Buffer.from(file).toString("base64") }, {}, full);
    await expect.poll(async () => (await full.app.inject("/metrics")).body).toMatch(/^vfm_queue_requests 1$/m);
    // 2,400 bytes and a header wait: 1,000 more have room, 2,000 have not.
    expect((await post({ text: "a".repeat(2000) }, {}, full)).statusCode).toBe(429);
    expect((await post({ text: "a".repeat(1000) }, {}, full)).statusCode).toBe(400);
    release();
    await waiting;
    expect((await post({ text: "a".repeat(2000) }, {}, full)).statusCode).toBe(400);
    await full.app.close();
  });
});

describe("a service", () => {
  it("asks for a token where it has some", async () => {
    const folder = await mkdtemp(join(tmpdir(), "vfm-tokens-"));
    const file = join(folder, "tokens");
    await writeFile(file, "# of the laboratory\n0123456789abcdef\n\nfedcba9876543210\n");
    const guarded = await serverOf(model, {}, { allows: await readTokens(file) });
    const get = (url: string, authorization?: string) =>
      guarded.app.inject({ url, headers: authorization === undefined ? {} : { authorization } });
    for (const wrong of [undefined, "", "Bearer", "Bearer 0123456789abcde", "Basic 0123456789abcdef", "Bearer # of"]) {
      const response = await get("/v1/models", wrong);
      expect([response.statusCode, response.headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    }
    expect((await post(asked(), {}, guarded)).statusCode).toBe(401);
    expect((await get("/metrics")).statusCode).toBe(401);
    for (const token of ["0123456789abcdef", "fedcba9876543210"])
      expect((await get("/v1/models", `Bearer ${token}`)).statusCode).toBe(200);
    for (const open of ["/healthz", "/readyz", "/", "/openapi.json"]) expect((await get(open)).statusCode).toBe(200);
    for (const [text, message] of [
      ["# none\n", "holds no token"],
      ["short\n", "16 or more"],
      ["with space 0123456789\n", "16 or more"],
    ]) {
      await writeFile(file, text);
      await expect(readTokens(file)).rejects.toThrow(message);
    }
    await expect(readTokens(join(folder, "none"))).rejects.toThrow("none");
    await guarded.app.close();
    await rm(folder, { recursive: true });
  });

  it("answers 500 where sampling fails: the reason is for the log alone", async () => {
    const failing = await serverOf(model, {}, { sample: () => Promise.reject(new Error("the weights of /home/ada")) });
    const response = await post(asked(), {}, failing);
    expect([response.statusCode, response.json()]).toEqual([500, { error: "the service failed: see its log" }]);
    expect(failing.log.join("")).toContain("the weights of /home/ada");
    expect(failing.counts).toEqual({ 500: 1 });
    await failing.app.close();
  });

  it("refuses an expectation in JSON, as all else", async () => {
    const other = await serverOf(model);
    try {
      const address = await other.app.listen({ host: "127.0.0.1", port: 0 });
      const headers = { expect: "more", connection: "close" };
      const answer = await new Promise<IncomingMessage>((resolve, reject) => {
        get(`${address}/v1/models`, { headers }, resolve).on("error", reject);
      });
      expect(answer.statusCode).toBe(417);
      expect(JSON.parse(await text(answer))).toEqual({ error: expect.stringContaining("Expect") as string });
    } finally {
      await other.app.close();
    }
  });

  it("is not ready before it has warmed up, nor while it stops", async () => {
    const other = await serverOf(model);
    for (const state of ["starting", "stopping"] as const) {
      other.setState(state);
      expect((await other.app.inject("/readyz")).statusCode).toBe(503);
      expect((await post(asked(), {}, other)).statusCode).toBe(503);
      expect((await other.app.inject("/healthz")).json()).toEqual({ state });
    }
    await other.app.close();
  });

  it("answers in its own words on open connections while it closes", async () => {
    const { sample, release } = heldSampling();
    const other = await serverOf(model, {}, { sample });
    const address = await other.app.listen({ host: "127.0.0.1", port: 0 });
    const { hostname, port } = new URL(address);
    const body = JSON.stringify(asked());
    const posting = `POST /v1/samples HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const socket = connect(Number(port), hostname, () => socket.write(posting));
    const answered = text(socket);
    await expect.poll(async () => (await other.app.inject("/metrics")).body).toMatch(/^vfm_queue_requests 1$/m);
    other.setState("stopping");
    const closed = other.app.close();
    await setImmediate();
    socket.write("GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n");
    await setImmediate();
    release();
    expect(await answered).toMatch(/422 Unprocessable Entity[^]*HTTP\/1.1 200 OK[^]*\{"state":"stopping"\}/);
    await closed;
  });

  it("names its model, its problems and its limits", async () => {
    const { models } = (await server.app.inject("/v1/models")).json<{ models: object[] }>();
    expect(models).toMatchObject([
      { name: "tiny", image: { channels: 1, height: 8, width: 8 }, limits: { samples: 64 } },
    ]);
    expect(models).toHaveProperty("0.problems.2", { name: "inpaint-box", sigma: 0.1, updated: true });
  });

  it("describes itself as valid OpenAPI, with every status that it answers", async () => {
    const description = (await server.app.inject("/openapi.json")).json<Record<string, unknown>>();
    const { valid, errors } = await new Validator().validate(description);
    expect(errors ?? []).toEqual([]);
    expect(valid).toBe(true);
    expect(description).toHaveProperty("components.schemas.SampleRequest.properties.samples.maximum", 64);
    expect(description).toHaveProperty("components.schemas.SampleRequest.required", ["problem"]);
    const { responses } = (description as { paths: Record<string, { post: { responses: object } }> }).paths[
      "/v1/samples"
    ].post;
    // The page's table also has 404, of other paths.
    const table = (await readFile("docs/service.md", "utf8")).matchAll(/^\| ([45]\d\d) /gm);
    const inTable = Array.from(table, ([, status]) => status).filter((status) => status !== "404");
    expect(Object.keys(responses).filter((status) => status !== "200")).toEqual(inTable);
  });

  it("has a page of its own, which loads nothing from elsewhere", async () => {
    for (const url of ["/", "/page.js", "/page.css"]) {
      const { statusCode, headers, body } = await server.app.inject(url);
      expect(statusCode).toBe(200);
      expect(headers["content-security-policy"]).toContain("default-src 'none'; script-src 'self'");
      expect(body).not.toMatch(/https?:\/\//);
    }
    expect(await readFile("assets/service/index.html", "utf8")).toBe((await server.app.inject("/")).body);
  });

  it("logs lines of JSON, without the images or the token", async () => {
    await post(asked(), { authorization: "Bearer secret-secret-secret" });
    const lines = server.log.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.at(-1)).toMatchObject({
      level: "info",
      message: "samples",
      status: 200,
      problem: "denoise",
      samples: 4,
    });
    const text = server.log.join("");
    expect(text).not.toContain("secret");
    expect(text).not.toContain(picture.toString("base64").slice(0, 40));
  });
});
