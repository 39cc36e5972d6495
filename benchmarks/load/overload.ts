import { setTimeout } from "node:timers/promises";
import { type Served, statusOf } from "./served.js";

/** The results of callers that do not wait for each other's answers. */
export interface OverloadFigures {
  offeredPerSecond: number;
  acceptedPerSecond: number;
  requests: number;
  accepted: number;
  rejected: number;
  /** Number of answers other than samples and 429. */
  errors: number;
  /** Of the requests that got samples. */
  p50Ms: number;
  p99Ms: number;
  /** The 99th percentile divided by the time in which a full queue is sampled; it is bounded whatever the load. */
  p99OverQueueTime: number;
}

/** Sends a service this many requests per second, whether it answers or not. */
export async function askRegardless(
  served: Served,
  body: string,
  { perSecond, seconds, queue }: { perSecond: number; seconds: number; queue: number },
): Promise<OverloadFigures> {
  const requests = Math.ceil(perSecond * seconds);
  const times: number[] = [];
  const counts = { rejected: 0, errors: 0 };
  const ask = async (): Promise<void> => {
    const start = performance.now();
    const status = await statusOf(served, body);
    if (status === 200) times.push(performance.now() - start);
    else counts[status === 429 ? "rejected" : "errors"]++;
  };
  const start = performance.now();
  const asked: Promise<void>[] = [];
  while (asked.length < requests) {
    const due = Math.min(requests, 1 + Math.floor(((performance.now() - start) / 1000) * perSecond));
    while (asked.length < due) asked.push(ask());
    await setTimeout(5);
  }
  await Promise.all(asked);
  const acceptedPerSecond = (1000 * times.length) / (performance.now() - start);
  times.sort((a, b) => a - b);
  const [p50Ms, p99Ms] = [0.5, 0.99].map((part) => times[Math.floor(part * (times.length - 1))] ?? NaN);
  return {
    offeredPerSecond: perSecond,
    acceptedPerSecond,
    requests,
    accepted: times.length,
    ...counts,
    p50Ms,
    p99Ms,
    p99OverQueueTime: (p99Ms * acceptedPerSecond) / (1000 * queue),
  };
}
