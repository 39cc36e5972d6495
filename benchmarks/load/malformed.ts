import { connect } from "node:net";
import { type RandomSource, randomSource } from "../../src/array/index.js";
import { type Served, statusOf } from "./served.js";

/** How a service answered malformed requests. */
export interface MalformedFigures {
  requests: number;
  /** Number of answers with each status; 0 is a connection that was closed. */
  statuses: Record<number, number>;
  /** Number of requests that got samples, a server error, or no answer where one was due. */
  errors: number;
}

type Sent = [body: string | Buffer<ArrayBuffer>, headers: Record<string, string>];

const json = { "content-type": "application/json" };
const wrongValues = [null, true, -1, 1.5, 1e300, "", "x", [], {}, "/etc/passwd", "http://127.0.0.1/", { length: 9 }];
const types = ["application/json", "multipart/form-data; boundary=x", "multipart/form-data", "text/plain", "image/png"];

/** Ways to damage one part of a request for samples. */
const damages: readonly ((request: Record<string, unknown>, random: RandomSource) => Sent)[] = [
  // An entry that is missing, has another value, or is unknown.
  ({ problem: _, ...rest }) => [JSON.stringify(rest), json],
  ({ observation: _, ...rest }) => [JSON.stringify(rest), json],
  (request, random) => {
    const name = Object.keys(request)[random.integer(Object.keys(request).length)];
    return [JSON.stringify({ ...request, [name]: wrongValues[random.integer(wrongValues.length)] }), json];
  },
  (request, random) => [JSON.stringify({ ...request, [`x${random.integer(1e6)}`]: 1 }), json],
  // JSON that is truncated, or contains a wrong byte.
  (request, random) => {
    const text = JSON.stringify(request);
    return [text.slice(0, random.integer(text.length - 1)), json];
  },
  (request, random) => {
    const bytes = Buffer.from(JSON.stringify(request));
    bytes[random.integer(12)] = random.integer(32);
    return [bytes, json];
  },
  // A file that is truncated, or consists of random bytes.
  ({ observation, ...rest }, random) => {
    const file = Buffer.from(String(observation), "base64");
    const cut = file.subarray(0, 1 + random.integer(file.length - 1)).toString("base64");
    return [JSON.stringify({ ...rest, observation: cut }), json];
  },
  ({ observation: _, ...rest }, random) => {
    const kind = ["observation", "image"][random.integer(2)];
    return [JSON.stringify({ ...rest, [kind]: randomBytes(random, 600).toString("base64") }), json];
  },
  // Bytes that are not a request.
  (_, random) => [randomBytes(random, 2000), { "content-type": types[random.integer(types.length)] }],
  (request, random) => [JSON.stringify(request), { "content-type": types[1 + random.integer(types.length - 1)] }],
  (request) => [JSON.stringify(request), { ...json, accept: "text/html" }],
  (request) => [JSON.stringify(request), { ...json, origin: "http://elsewhere.example" }],
];

function randomBytes(random: RandomSource, most: number): Buffer<ArrayBuffer> {
  return Buffer.from(Array.from({ length: 1 + random.integer(most) }, () => random.integer(256)));
}

/**
 * Sends malformed requests, each with one error, and connections with random bytes.
 *
 * @param request the entries of a correct request
 */
export async function askWrongly(
  served: Served,
  request: Record<string, unknown>,
  { requests, connections, seed }: { requests: number; connections: number; seed: number },
): Promise<MalformedFigures> {
  const statuses: Record<number, number> = {};
  let errors = 0;
  const together = 16;
  for (let first = 0; first < requests; first += together) {
    const numbers = Array.from({ length: Math.min(together, requests - first) }, (_, i) => first + i);
    const answers = await Promise.all(
      numbers.map((number) =>
        statusOf(served, ...damages[number % damages.length](request, randomSource(seed, "damage", number))),
      ),
    );
    for (const status of answers) {
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status < 400 || status >= 500) errors++;
    }
  }
  for (let number = 0; number < connections; number++) {
    const answer = await answerTo(served, randomBytes(randomSource(seed, "bytes", number), 4000));
    if (answer !== "" && !answer.startsWith("HTTP/1.1 4")) errors++;
  }
  return { requests: requests + connections, statuses, errors };
}

/** The answer on a connection to which these bytes were written, once it is closed. */
function answerTo({ address }: Served, bytes: Buffer): Promise<string> {
  const { hostname, port } = new URL(address);
  return new Promise((resolve) => {
    let answer = "";
    const socket = connect(Number(port), hostname, () => socket.end(bytes));
    socket.on("data", (data) => (answer += data.toString("latin1")));
    // The service may close it while bytes are still in transit.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(answer));
  });
}
