import { describe, expect, it } from "vitest";
import { buffersOf } from "./buffers.js";
import { connect, latest, serve, type Service } from "./index.js";

/** A worker whose two sides are the ends of a channel. */
function channel(): { worker: Worker; port: Parameters<typeof serve>[1] & MessagePort } {
  const { port1, port2 } = new MessageChannel();
  port1.start();
  port2.start();
  return { worker: Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker, port: port2 };
}

describe("buffersOf", () => {
  it("finds every buffer once, and none that threads share", () => {
    const [a, b] = [new Float32Array(4), new Uint8Array(3)];
    const shared = new Uint8Array(new SharedArrayBuffer(2));
    const value = { list: [a, a.subarray(1)], deep: { b }, shared, none: null, text: "x" };
    expect(buffersOf(value)).toEqual([a.buffer, b.buffer]);
  });
});

describe("a worker's services", () => {
  type Services = {
    square: Service<Float32Array, Float32Array, number>;
    fail: Service<string, never>;
    wait: Service<undefined, never>;
  };
  const services: Services = {
    square: async (values, report) => {
      values.forEach((_, i) => report(i));
      return values.map((value) => value * value);
    },
    fail: async (message) => Promise.reject(new RangeError(message)),
    wait: (_, __, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(new Error("stopped")));
      }),
  };

  it("are called by name, with progress, failures and an end", async () => {
    const { worker, port } = channel();
    serve(services, port);
    const { call, close } = connect<Services>(worker);
    const reported: number[] = [];
    const input = Float32Array.from([1, 2, 3]);
    const output = await call("square", input, { onProgress: (done) => reported.push(done) });
    expect([...output]).toEqual([1, 4, 9]);
    expect(reported).toEqual([0, 1, 2]);
    // What was asked with is still the page's own.
    expect([...input]).toEqual([1, 2, 3]);
    await expect(call("fail", "too far")).rejects.toMatchObject({ name: "RangeError", message: "too far" });
    const controller = new AbortController();
    const waiting = call("wait", undefined, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toThrow("stopped");
    const unanswered = call("wait", undefined);
    close();
    await expect(unanswered).rejects.toThrow("the worker was ended");
    port.close();
  });
});

describe("a worker that takes its time to load", () => {
  it("is sent nothing before it listens, and then everything in order", async () => {
    const { port1, port2 } = new MessageChannel();
    const heard: string[] = [];
    type Services = { note: Service<string, number> };
    const early: unknown[] = [];
    const notice = ({ data }: MessageEvent): void => void early.push(data);
    port2.addEventListener("message", notice);
    port1.start();
    port2.start();
    const { call } = connect<Services>(Object.assign(port1, { terminate: () => port1.close() }) as unknown as Worker);
    const answers = ["a", "b"].map((text) => call("note", text));
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(early).toEqual([]);
    port2.removeEventListener("message", notice);
    const services: Services = { note: async (text) => heard.push(text) };
    serve(services, port2);
    expect(await Promise.all(answers)).toEqual([1, 2]);
    expect(heard).toEqual(["a", "b"]);
    port2.close();
  });
});

describe("a worker that cannot be loaded", () => {
  it("fails the calls that wait for it, and those that come later", async () => {
    const worker = Object.assign(new EventTarget(), { postMessage: () => undefined, terminate: () => undefined });
    const { call } = connect<{ note: Service<string, number> }>(worker as unknown as Worker);
    const early = call("note", "a");
    worker.dispatchEvent(Object.assign(new Event("error"), { message: "no such script" }));
    await expect(early).rejects.toThrow("no such script");
    await expect(call("note", "b")).rejects.toThrow("no such script");
  });
});

describe("latest", () => {
  it("runs one request at a time and skips those that were overtaken", async () => {
    const ran: number[] = [];
    const overtaken: number[] = [];
    const releases: (() => void)[] = [];
    const ask = latest(async (request: number, signal) => {
      ran.push(request);
      signal.addEventListener("abort", () => overtaken.push(request));
      await new Promise<void>((resolve) => releases.push(resolve));
    });
    [1, 2, 3].forEach(ask);
    expect(ran).toEqual([1]);
    expect(overtaken).toEqual([1]);
    releases[0]();
    await expect.poll(() => ran).toEqual([1, 3]);
    ask(4);
    releases[1]();
    await expect.poll(() => ran).toEqual([1, 3, 4]);
    releases[2]();
    expect(overtaken).toEqual([1, 3]);
  });
});
