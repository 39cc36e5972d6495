/** What one client may request, and how much memory all requests together may use. */
export interface Limits {
  /** Bytes of a request's body. */
  bodyBytes: number;
  /** Pixels of an image. */
  pixels: number;
  /** Samples of one request. */
  samples: number;
  /** Steps of the sampler. */
  steps: number;
  /** Requests that wait for their samples or are being sampled. */
  queue: number;
  /** Bytes of all bodies that are being received, or kept while their requests wait. */
  receivingBytes: number;
  /** Seconds for a request to arrive completely. */
  receiveSeconds: number;
  /** Seconds from a request's arrival to its samples. */
  seconds: number;
  /** Open connections. */
  connections: number;
}

/** The default limits of a service. */
export const defaultLimits: Limits = {
  bodyBytes: 8 * 2 ** 20,
  pixels: 2 ** 24,
  samples: 64,
  steps: 8,
  queue: 128,
  receivingBytes: 2 ** 28,
  receiveSeconds: 10,
  seconds: 30,
  connections: 1024,
};
