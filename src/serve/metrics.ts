import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from "prom-client";

/** What a service counts. */
export interface Metrics {
  readonly registry: Registry;
  /** One request for samples was answered with this status. */
  answered(status: number, seconds: number): void;
  /** One batch of so many requests and samples was run. */
  sampled(requests: number, samples: number, seconds: number): void;
}

/** @param queue the requests that wait or are being sampled */
export function serviceMetrics(queue: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "vfm_requests_total",
    help: "Requests for samples that were answered, by status",
    labelNames: ["status"],
    registers,
  });
  const requestSeconds = new Histogram({
    name: "vfm_request_seconds",
    help: "Seconds from a request for samples to its answer, for requests that got samples",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  });
  const samples = new Counter({ name: "vfm_samples_total", help: "Samples that were drawn", registers });
  const batchRequests = new Histogram({
    name: "vfm_batch_requests",
    help: "Requests in a batch",
    buckets: [1, 2, 4, 8, 16, 32, 64],
    registers,
  });
  const batchSeconds = new Histogram({
    name: "vfm_batch_seconds",
    help: "Seconds that a batch took",
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  });
  new Gauge({
    name: "vfm_queue_requests",
    help: "Requests that wait for their samples or are being sampled",
    registers,
    collect() {
      this.set(queue());
    },
  });
  return {
    registry,
    answered(status, seconds) {
      requests.inc({ status });
      if (status === 200) requestSeconds.observe(seconds);
    },
    sampled(count, drawn, seconds) {
      samples.inc(drawn);
      batchRequests.observe(count);
      batchSeconds.observe(seconds);
    },
  };
}
