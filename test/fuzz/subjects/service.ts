import { connect } from "node:net";
import { type AddressInfo } from "node:net";
import fc from "fast-check";
import { randomSource } from "../../../src/public/array.js";
import { encodeObservation } from "../../../src/public/checkpoint.js";
import { observe } from "../../../src/public/operators.js";
import { encodePng } from "../../../src/node/data/index.js";
import { serverOf, tinyModel } from "../../support/served-model.js";
import { damaged, damagedJson } from "../damage.js";
import { type Case, type Complaint, complaintAboutLine, type Subject } from "../subject.js";

// A service on a port of this machine, asked as any program might, with bytes of every kind.

/** A request, and what its answer has to be: samples, a refusal, or one of them. */
interface Asked {
  readonly about: string;
  readonly bytes: Uint8Array;
  readonly wanted: "answer" | "refusal" | "either";
}

interface Parts {
  method?: string;
  path?: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
}

const requestOf = ({
  method = "POST",
  path = "/v1/samples",
  headers = {},
  body = new Uint8Array(0),
}: Parts): Uint8Array => {
  const all = { host: "localhost", connection: "close", "content-length": String(body.length), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([Buffer.from(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"), body]);
};

const json = { "content-type": "application/json" };
const ofJson = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

/** Settings of a request that are wrong, whatever the rest is. */
const wrongSettings: Readonly<Record<string, readonly unknown[]>> = {
  problem: [undefined, null, 7, "", "foo", "__proto__", {}, ["denoise"], "DENOISE"],
  samples: [null, 0, -1, 1.5, "4", 1e9, {}, [4], true],
  seed: [null, -1, 1.5, "1", 2 ** 60, {}, true],
  steps: [null, 0, -1, 1.5, "1", 1e9, [], true],
  colour: [1],
  constructor: [{}],
};

/** The service as a subject; `close` stops it. */
export async function serviceSubjects(): Promise<{ subjects: Subject[]; close(): Promise<void> }> {
  const model = await tinyModel();
  const server = await serverOf(model, { samples: 4, bodyBytes: 50_000, receiveSeconds: 5 });
  await server.app.listen({ host: "127.0.0.1", port: 0 });
  const { port } = server.app.server.address() as AddressInfo;

  const pixels = randomSource(1).uniformArray([1, 8, 8]);
  const picture = await encodePng(pixels);
  const images = { shape: [1, 1, 8, 8], data: pixels.data };
  const observation = await observe(model.problem("denoise"), images, { seed: 1, backend: "jax" });
  const file = encodeObservation(observation);
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
  const settings = { problem: "denoise", samples: 2, seed: 3, steps: 1 };
  const withImage = { ...settings, image: base64(picture) };
  const withFile = { ...settings, observation: base64(file) };
  const post = (value: unknown, headers: Readonly<Record<string, string>> = {}): Uint8Array =>
    requestOf({ headers: { ...json, ...headers }, body: ofJson(value) });
  const boundary = "fuzz";
  const formHeaders = { "content-type": `multipart/form-data; boundary=${boundary}` };
  const part = (name: string, content: Uint8Array, more = ""): Uint8Array =>
    Buffer.concat([
      Buffer.from(`--${boundary}\r\ncontent-disposition: form-data; name="${name}"${more}\r\n\r\n`),
      content,
      Buffer.from("\r\n"),
    ]);
  const form = Buffer.concat([
    part("problem", Buffer.from("denoise")),
    part("samples", Buffer.from("2")),
    part("image", picture, '; filename="a.png"'),
    Buffer.from(`--${boundary}--\r\n`),
  ]);

  const types = ["application/json", "application/vnd.safetensors", "application/zip", "*/*"];
  const valid = fc
    .tuple(fc.constantFrom<unknown[]>(withImage, withFile), fc.constantFrom(...types))
    .map(([value, accept]): Asked => ({ about: "a request", bytes: post(value, { accept }), wanted: "answer" }));
  const wrongSetting = fc
    .constantFrom(...Object.entries(wrongSettings))
    .chain(([name, values]) => fc.constantFrom(...values).map((value) => ({ name, value })))
    .map(({ name, value }): Asked => ({
      about: `a request with ${name} ${JSON.stringify(value) ?? "missing"}`,
      bytes: post(Object.defineProperty({ ...withImage }, name, { value, enumerable: true })),
      wanted: "refusal",
    }));
  const noRequest = fc
    .constantFrom<unknown[]>(
      null,
      7,
      "foo",
      [],
      {},
      [withImage],
      settings,
      { ...withImage, ...withFile },
      { ...settings, image: "?" },
    )
    .map((value): Asked => ({ about: JSON.stringify(value).slice(0, 80), bytes: post(value), wanted: "refusal" }));
  const spoiltJson = damaged(ofJson(withImage)).map(({ how, bytes }): Asked => ({
    about: `a request's JSON, ${how}`,
    bytes: requestOf({ headers: json, body: bytes }),
    wanted: "either",
  }));
  const spoiltEntry = damagedJson(JSON.stringify(withImage)).map(({ how, bytes }): Asked => ({
    about: `a request, ${how}`,
    bytes: requestOf({ headers: json, body: bytes }),
    wanted: "either",
  }));
  const spoiltFile = fc
    .constantFrom<["image" | "observation", Uint8Array][]>(
      ["image", picture],
      ["observation", picture],
      ["observation", file],
    )
    .chain(([name, content]) =>
      damaged(content).map(({ how, bytes }): Asked => ({
        about: `a request's ${name}, ${how}`,
        bytes: post({ ...settings, [name]: base64(bytes) }),
        wanted: "either",
      })),
    );
  const ofForm = fc.constant<Asked>({
    about: "a form",
    bytes: requestOf({ headers: formHeaders, body: form }),
    wanted: "answer",
  });
  const spoiltForm = damaged(form).map(({ how, bytes }): Asked => ({
    about: `a form, ${how}`,
    bytes: requestOf({ headers: formHeaders, body: bytes }),
    wanted: "either",
  }));
  const spoiltRequest = damaged(post(withImage)).map(({ how, bytes }): Asked => ({
    about: `a request's bytes, ${how}`,
    bytes,
    wanted: "either",
  }));
  const oddHeaders = fc
    .constantFrom<[string, string][]>(
      ["accept", "text/html"],
      ["accept", "\u00ff"],
      ["content-type", "text/plain"],
      ["content-type", "multipart/form-data"],
      ["content-type", "multipart/form-data; boundary="],
      ["content-type", "application/json; charset=utf-16"],
      ["content-encoding", "gzip"],
      ["content-length", "-1"],
      ["content-length", "999999999999"],
      ["transfer-encoding", "chunked"],
      ["transfer-encoding", "foo"],
      ["expect", "foo"],
      ["origin", "http://elsewhere.example"],
      ["origin", "null"],
      ["host", ""],
      ["upgrade", "websocket"],
      ["x-long", "x".repeat(20_000)],
    )
    .map(([name, value]): Asked => ({
      about: `a request with the header ${name}: ${value.slice(0, 60)}`,
      bytes: post(withImage, { [name]: value }),
      wanted: "either",
    }));
  const oddPaths = fc
    .tuple(
      fc.constantFrom("GET", "POST", "PUT", "DELETE", "OPTIONS", "HEAD", "PATCH", "CONNECT", "TRACE", "FOO"),
      fc.constantFrom(
        ...[
          "/",
          "/v1/samples",
          "/v1/models",
          "/healthz",
          "/readyz",
          "/metrics",
          "/openapi.json",
          "/v1/samples/",
          "/v2",
        ],
        ...[
          "//",
          "/%00",
          "/%ff",
          "/%",
          "/../../etc/passwd",
          "/v1/samples?seed=1",
          "*",
          "http://elsewhere/",
          "",
          "/__proto__",
        ],
      ),
    )
    .map(([method, path]): Asked => ({
      about: `${method} ${path}`,
      bytes: requestOf({ method, path, ...(method === "POST" && { headers: json, body: ofJson(withImage) }) }),
      wanted: "either",
    }));

  const cases = fc
    .oneof(
      { weight: 2, arbitrary: valid },
      { weight: 1, arbitrary: ofForm },
      { weight: 8, arbitrary: wrongSetting },
      { weight: 1, arbitrary: noRequest },
      { weight: 2, arbitrary: spoiltJson },
      { weight: 3, arbitrary: spoiltEntry },
      { weight: 5, arbitrary: spoiltFile },
      { weight: 3, arbitrary: spoiltForm },
      { weight: 3, arbitrary: spoiltRequest },
      { weight: 2, arbitrary: oddHeaders },
      { weight: 2, arbitrary: oddPaths },
    )
    .map((asked): Case => ({
      about: asked.about,
      run: async () => judge(asked, await answerTo(port, asked.bytes, asked.wanted === "either" ? 300 : 20_000)),
    }));
  return {
    subjects: [{ name: "serve.requests", weight: 8, cases }],
    close: async () => {
      server.app.server.closeAllConnections();
      await server.app.close();
    },
  };
}

/** What comes back on a connection after these bytes, until it is closed. */
function answerTo(port: number, bytes: Uint8Array, patience: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const socket = connect({ port, host: "127.0.0.1" }, () => socket.write(bytes));
    // A caller who has said less than a request goes, after a while.
    const leaving = setTimeout(() => socket.end(), patience);
    socket.setTimeout(20_000, () => socket.destroy(new Error("there was no answer within 20 s")));
    socket.on("data", (data) => {
      clearTimeout(leaving);
      parts.push(data);
    });
    socket.on("error", (error: NodeJS.ErrnoException) => {
      // What is refused before it was read whole ends so.
      if (error.code === "ECONNRESET" || error.code === "EPIPE") resolve(Buffer.concat(parts));
      else reject(error);
    });
    socket.on("close", () => {
      clearTimeout(leaving);
      resolve(Buffer.concat(parts));
    });
  });
}

function judge({ wanted }: Asked, answer: Buffer): Complaint {
  const text = answer.toString("latin1");
  const status = Number(/^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]);
  // A caller who says less than a request, or breaks off, may be left without an answer.
  if (Number.isNaN(status))
    return wanted === "either" && text === ""
      ? undefined
      : { kind: "crashes", what: `the answer is ${JSON.stringify(text.slice(0, 200))}` };
  if (status >= 500) return { kind: "crashes", what: `the status is ${status}: ${text.slice(-200)}` };
  if (status < 400)
    return wanted === "refusal" ? { kind: "silent", what: `it was answered with ${status}` } : undefined;
  if (wanted === "answer") return { kind: "crashes", what: `a valid request was refused: ${text.slice(-300)}` };
  const body = answer.subarray(answer.indexOf("\r\n\r\n") + 4).toString();
  // An answer to HEAD has no body.
  if (body === "") return undefined;
  try {
    return complaintAboutLine((JSON.parse(body) as { error: string }).error);
  } catch {
    return { kind: "unclear", what: `the refusal is no JSON with an error: ${body.slice(0, 200)}` };
  }
}
