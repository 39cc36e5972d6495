import { basename } from "node:path";
import { InputError } from "../errors.js";
import { defaultLimits, type Limits } from "./limits.js";
import { isLoopback } from "./loopback.js";
import { startSamplingThread } from "./sampling-thread.js";
import { createServer } from "./server.js";
import { readTokens } from "./tokens.js";
import { watchUnusedConnections } from "./unused-connections.js";

/** How a service is started. */
export interface ServiceOptions {
  /** The folder of a checkpoint. */
  checkpoint: string;
  /** The address and the port that it listens at; port 0 takes a free one. */
  host: string;
  port: number;
  /** Samples of a batch. */
  batchSize: number;
  /** Milliseconds that a request waits for others. */
  batchWait: number;
  /** Threads of the engine. */
  threads: number;
  /** Limits that differ from the defaults. */
  limits?: Partial<Limits>;
  /** A file of bearer tokens, one per line; without it everyone may send requests. */
  tokenFile?: string | undefined;
  /** The seed of requests that give none. Default: 0. */
  seed?: number | undefined;
  version: string;
  /** Ends the start while the model is loaded. */
  signal?: AbortSignal;
  /** Takes the log's lines of JSON. */
  log(line: string): void;
}

/** A service that listens. */
export interface Service {
  /** "http://127.0.0.1:8080". */
  readonly address: string;
  /** Fulfilled when common requests need no compilation. Rejected if the sampler's thread failed. */
  readonly ready: Promise<void>;
  /** Rejected if the sampler's thread ends by itself. */
  readonly ended: Promise<never>;
  /** Answers the requests that were accepted, and stops. */
  stop(): Promise<{ answers: Readonly<Record<number, number>> }>;
}

/** The number of samples of a request for which everything is compiled at the start. */
const usualSamples = 16;

/**
 * Starts a service of a model.
 *
 * @throws InputError if the model, the file of tokens or the address cannot be used
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { checkpoint, host, port, batchSize, batchWait, threads, tokenFile, seed, version, signal, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const allows = tokenFile === undefined ? undefined : await readTokens(tokenFile);
  const warmUp = Math.min(usualSamples, limits.samples);
  const thread = await startSamplingThread({ folder: checkpoint, rows: batchSize, threads, warmUp }, signal);
  try {
    const { sample, model, ended } = thread;
    const atLoopback = isLoopback(host);
    const name = basename(checkpoint);
    const parts = { name, model, version, limits, batchSize, batchWait, seed, atLoopback, allows, sample, log };
    const { app, setState, counts } = await createServer(parts);
    const closeUnused = watchUnusedConnections(app.server);
    const address = await app
      .listen({ host, port, listenTextResolver: (at) => `listening at ${at}` })
      .catch((error: NodeJS.ErrnoException) => {
        throw new InputError(
          `the service cannot listen at ${host}:${port} (${error.code ?? error.message}): give another --port or --host`,
        );
      });
    if (allows === undefined && !atLoopback)
      app.log.warn("everyone who can reach this address may send requests: give --token-file to restrict them");
    let stops = false;
    const ready = thread.ready.then(() => {
      if (stops) return;
      setState("ready");
      app.log.info({ address, model: name }, "ready");
    });
    ended.catch(() => setState("stopping"));
    // A caller that waits for `ended` alone learns of the same failure there.
    ready.catch(() => undefined);
    return {
      address,
      ready,
      ended,
      async stop() {
        stops = true;
        setState("stopping");
        app.log.info("stopping: requests that were accepted are answered");
        // A server that is closing does not end slow requests any more.
        const longest = 1000 * (limits.receiveSeconds + limits.seconds);
        closeUnused(1000 * limits.receiveSeconds);
        const late = setTimeout(() => app.server.closeAllConnections(), longest);
        await app.close();
        clearTimeout(late);
        await thread.close();
        return { answers: counts };
      },
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}
