import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
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
let address: string;
let body: string;
let image: HostArray;

/** A service in a process of its own, which is ready, and what it prints. */
interface Service {
  readonly child: ChildProcess;
  readonly address: string;
  readonly printed: { out: string; err: string };
  /** Its exit code, once all that it printed has come. */
  readonly ended: Promise<number | null>;
}
const children: ChildProcess[] = [];
let shared: Service;

async function started(batchWait: number, timeout = 30): Promise<Service> {
  const line = `serve --port 0 --threads 1 --batch-wait ${batchWait} --receive-timeout 1 --timeout ${timeout} --json --checkpoint`;
  const argv = [builtProgram, ...line.split(" "), join(folder, "tiny")];
  const child = spawn(process.execPath, argv, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  const ended = once(child, "close").then(([code]) => code as number | null);
  const printed = { out: "", err: "" };
  child.stdout.on("data", (text: Buffer) => (printed.out += text.toString()));
  child.stderr.on("data", (text: Buffer) => (printed.err += text.toString()));
  const ready = (): Record<string, unknown> | undefined =>
    logged(printed.err).find(({ message }) => message === "ready");
  while (ready() === undefined) {
    if (child.exitCode !== null) throw new Error(printed.err);
    await setTimeout(50);
  }
  return { child, address: ready()?.address as string, printed, ended };
}

function logged(text: string): Record<string, unknown>[] {
  const lines = text.split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vfm-serve-"));
  await writeTinyCheckpoint(join(folder, "tiny"));
  const png = await encodePng(randomSource(1).uniformArray([1, 8, 8]));
  ({ image } = await decodeImage(png, "it", { channels: 1, height: 8, width: 8 }));
  body = JSON.stringify({ problem: "denoise", image: png.toString("base64"), samples: 4, seed: 3 });
  shared = await started(700);
  ({ address } = shared);
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await rm(folder, { recursive: true });
});

const ask = (at = address): Promise<Response> =>
  fetch(`${at}/v1/samples`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/vnd.safetensors" },
    body,
  });

const metricsOf = async (service: Service): Promise<string> => (await fetch(`${service.address}/metrics`)).text();

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
    const head = "POST /v1/samples HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\n";
    const answers = await Promise.all(
      ["", "GET / HTT", head, `${head}content-length: 100\r\n\r\n{"problem"`].map(slowCaller),
    );
    for (const answer of answers.slice(1)) expect(answer).toContain("408 Request Timeout");
    expect(answers[3]).toContain('{"error":"the request did not arrive completely in time"}');
    const long = await slowCaller(`GET / HTTP/1.1\r\nhost: 127.0.0.1\r\nlong: ${"x".repeat(20_000)}\r\n\r\n`);
    expect(long).toContain("431 Request Header Fields Too Large");
    expect(await slowCaller("HELLO\r\n\r\n")).toContain("400 Bad Request");
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
  });

  it("answers what it has accepted when it is told to stop, and says so in one object", async () => {
    // Requests wait for others so long that they are seen waiting even if this test looks late.
    const service = await started(5000);
    const asked = Promise.all([1, 2, 3].map(() => ask(service.address)));
    let waits = true;
    const over = (): void => void (waits = false);
    asked.then(over, over);
    while (!(await metricsOf(service)).includes("vfm_queue_requests 3")) {
      if (!waits) throw new Error("the requests were answered before all three were seen waiting: try a longer wait");
      await setTimeout(5);
    }
    service.child.kill("SIGTERM");
    const answers = await asked;
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));
    expect(await service.ended).toBe(0);
    await expect(ask(service.address)).rejects.toThrow();
    expect(JSON.parse(service.printed.out)).toEqual({ address: service.address, answers: { 200: 3 } });
    const lines = logged(service.printed.err);
    expect(lines.every(({ level, time }) => typeof level === "string" && typeof time === "string")).toBe(true);
    // It was told before it answered.
    const stopping = lines.findIndex(({ message }) => String(message).startsWith("stopping"));
    expect(lines.slice(stopping).filter(({ message }) => message === "samples")).toHaveLength(3);
  });

  it("ends though a caller sends one byte after another, and though nobody reads its log", async () => {
    const service = await started(5, 1);
    service.child.stderr?.destroy();
    expect((await ask(service.address)).status).toBe(200);
    const { hostname, port } = new URL(service.address);
    const slow = connect(Number(port), hostname);
    slow.on("error", () => undefined);
    slow.write("POST /v1/samples HTTP/1.1\r\nhost: 127.0.0.1\r\nlong: ");
    const trickle = setInterval(() => slow.write("x"), 100);
    const silent = connect(Number(port), hostname);
    const closed: string[] = [];
    slow.on("close", () => closed.push("slow"));
    silent.on("close", () => closed.push("silent"));
    await setTimeout(300);
    service.child.kill("SIGTERM");
    expect(await service.ended).toBe(0);
    // A connection on which nothing has come does not keep the service waiting.
    await vi.waitFor(() => expect(closed).toEqual(["silent", "slow"]));
    clearInterval(trickle);
    slow.destroy();
  });

  it("ends with 0 on Ctrl-C too", async () => {
    shared.child.kill("SIGINT");
    expect(await shared.ended).toBe(0);
    expect(JSON.parse(shared.printed.out)).toEqual({ address, answers: { 200: 2 } });
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
