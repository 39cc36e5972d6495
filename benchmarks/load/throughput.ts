import autocannon from "autocannon";
import { type Served } from "./served.js";

/** The results of a number of connections, each of which sends its next request as soon as it has an answer. */
export interface LoadFigures {
  connections: number;
  requests: number;
  requestsPerSecond: number;
  /** Of the requests that got samples. */
  p50Ms: number;
  p99Ms: number;
  rejected: number;
  /** Number of answers other than samples and 429. */
  errors: number;
}

/** Sends a service a number of requests for samples, over several connections. */
export async function load(
  { address }: Pick<Served, "address">,
  { body, connections, amount }: { body: string; connections: number; amount: number },
): Promise<LoadFigures> {
  const times: number[] = [];
  const counts = { rejected: 0, others: 0 };
  const { duration, errors } = await new Promise<autocannon.Result>((resolve, reject) => {
    const options = {
      url: `${address}/v1/samples`,
      method: "POST" as const,
      headers: { "content-type": "application/json", accept: "application/vnd.safetensors" },
      body,
      connections,
      timeout: 60,
      amount: Math.max(amount, connections),
    };
    const running = autocannon(options, (error: Error | null, result) => {
      if (error) reject(error);
      else resolve(result);
    });
    running.on("response", (_client, status, _bytes, milliseconds) => {
      if (status === 200) times.push(milliseconds);
      else if (status === 429) counts.rejected++;
      else counts.others++;
    });
  });
  times.sort((a, b) => a - b);
  const share = (part: number): number => times[Math.floor(part * (times.length - 1))] ?? NaN;
  return {
    connections,
    requests: times.length + counts.rejected + counts.others,
    requestsPerSecond: times.length / duration,
    p50Ms: share(0.5),
    p99Ms: share(0.99),
    rejected: counts.rejected,
    errors: errors + counts.others,
  };
}
