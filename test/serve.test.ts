import { type ChildProcess, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type HostArray, randomSource } from "../src/array/index.js";
import { loadCheckpoint } from "../src/checkpoint/index.js";
import { decodeImage, encodePng } from "../src/node/data/index.js";
import { observe } from "../src/operators/index.js";
import { decodeSafetensors } from "../src/storage/index.js";
import { samplePosterior } from "../src/vfm/index.js";
import { builtProgram } from "./support/built-program.js";
import { vfm } from "./support/command-line.js";
import { writeTinyCheckpoint } from "./support/tiny-model.js";

// The command as a user starts it, in a process of its own.
let folder: string;
let child: ChildProcess;
let address: string;
let body: string;
let image: HostArray;
const printed = { out: "", err: "" };
const ended = (): Promise<number | null> =>
  new Promise((resolve) => (child.exitCode === null ? child.once("exit", resolve) : resolve(child.exitCode)));
const logged = (): Record<string, unknown>[] =>
  printed.err
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-serve-"));
  await writeTinyCheckpoint(join(folder, "tiny"));
  const png = await encodePng(randomSource(1).uniformArray([1, 8, 8]));
  ({ image } = await decodeImage(png, "it", { channels: 1, height: 8, width: 8 }));
  body = JSON.stringify({ problem: "denoise", image: png.toString("base64"), samples: 4, seed: 3 });
  const line = "serve --port 0 --threads 1 --batch-wait 700 --receive-timeout 1 --json --checkpoint";
  const argv = [builtProgram, ...line.split(" "), join(folder, "tiny")];
  child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout?.on("data", (text: Buffer) => (printed.out += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (printed.err += text.toString()));
  while (!printed.err.includes('"ready"')) {
    if (child.exitCode !== null) throw new Error(printed.err);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  address = logged().find(({ message }) => message === "ready")?.address as string;
});
afterAll(async () => {
  if (child.exitCode === null) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

const ask = (): Promise<Response> =>
  fetch(`${address}/v1/samples`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/vnd.safetensors" },
    body,
  });

/** A connection on which a caller has written this, and what came back once it was closed. */
function slowCaller(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(address);
    let answer = "";
    const socket: Socket = connect(Number(port), hostname, () => {
      if (text !== "") socket.write(text);
    });
    socket.on("data", (bytes) => (answer += bytes.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

describe("vfm serve", () => {
  it("listens at the loopback address and answers with the samples of samplePosterior", async () => {
    expect(new URL(address).hostname).toBe("127.0.0.1");
    const response = await ask();
    expect(response.status).toBe(200);
    const samples = decodeSafetensors(new Uint8Array(await response.arrayBuffer()), "answer").get("samples");
    const { model } = await loadCheckpoint(join(folder, "tiny"));
    const images = { shape: [1, 1, 8, 8], data: image.data };
    const observation = await observe(model.problem("denoise"), images, { seed: 3 });
    const own = await samplePosterior(model, observation, { samples: 4, seed: 3 });
    own.samples.data.forEach((value, i) => expect(samples?.data[i]).toBeCloseTo(value, 4));
  });

  it("answers for its health while requests wait", async () => {
    const waiting = ask();
    const states = await Promise.all(
      ["/healthz", "/readyz"].map(async (path): Promise<unknown> => (await fetch(address + path)).json()),
    );
    expect(states).toEqual([{ state: "ready" }, { state: "ready" }]);
    expect((await waiting).status).toBe(200);
  });

  it("closes connections on which nothing comes, or not enough, and answers 408 where it can", async () => {
    const head = "POST /v1/samples HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    const answers = await Promise.all(
      ["", "GET / HTT", head, `${head}content-length: 100\r\n\r\n{"problem"`].map(slowCaller),
    );
    for (const answer of answers.slice(1)) expect(answer).toContain("408 Request Timeout");
    expect(answers[3]).toContain('{"error":"the request did not arrive completely in time"}');
    const long = await slowCaller(`GET / HTTP/1.1\r\nhost: x\r\nlong: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(long).toContain("431 Request Header Fields Too Large");
    expect(await slowCaller("HELLO\r\n\r\n")).toContain("400 Bad Request");
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });

  it("answers what it has accepted when it is told to stop, and says so in one object", async () => {
    const waiting = [ask(), ask(), ask()];
    while (!(await (await fetch(`${address}/metrics`)).text()).includes("vfm_queue_requests 3"))
      await new Promise((resolve) => setTimeout(resolve, 5));
    child.kill("SIGTERM");
    const answers = await Promise.all(waiting);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    expect(await ended()).toBe(0);
    await expect(ask()).rejects.toThrow();
    expect(JSON.parse(printed.out)).toEqual({ address, answers: { 200: 5 } });
    expect(logged().every(({ level, time }) => typeof level === "string" && typeof time === "string")).toBe(true);
  });

  it("refuses a model, tokens and an address that cannot be used", async () => {
    const serve = (...argv: string[]) => vfm("serve", "--port", "0", "--json", ...argv);
    const none = await serve("--checkpoint", join(folder, "none"));
    expect([none.code, none.out]).toEqual([2, expect.stringContaining('{"error":"')]);
    expect((await serve("--token-file", join(folder, "none"))).code).toBe(2);
    expect((await serve("--port", "99999999")).code).toBe(2);
    const elsewhere = await serve("--checkpoint", join(folder, "tiny"), "--host", "192.0.2.1");
    expect([elsewhere.code, elsewhere.err]).toEqual([2, expect.stringContaining("cannot listen at 192.0.2.1:0")]);
  });
});
