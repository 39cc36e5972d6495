/** What one caller may ask for, and what all of them together may hold. */
export interface Limits {
  /** Bytes of a request's body. */
  bodyBytes: number;
  /** Pixels of an image that is decoded. */
  pixels: number;
  /** Samples of one request. */
  samples: number;
  /** Steps of the sampler. */
  steps: number;
  /** Requests that wait for their samples or are being sampled. */
  queue: number;
  /** Bytes of all bodies that are being received. */
  receivingBytes: number;
  /** Seconds for a request to arrive whole. */
  receiveSeconds: number;
  /** Seconds from a request's arrival to its samples. */
  seconds: number;
  /** Open connections. */
  connections: number;
}

/** The limits of a service that is not told others. */
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
