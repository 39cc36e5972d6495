import { basename } from "node:path";
import { InputError } from "../errors.js";
import { defaultLimits, type Limits } from "./limits.js";
import { startSamplingThread } from "./sampling-thread.js";
import { createServer } from "./server.js";
import { readTokens } from "./tokens.js";

/** How a service is started. */
export interface ServiceOptions {
  /** The folder of a checkpoint. */
  checkpoint: string;
  /** The address that it listens at, and the port; 0 takes a free one. */
  host: string;
  port: number;
  /** Samples of a batch. */
  batchSize: number;
  /** Milliseconds that a request waits for others. */
  batchWait: number;
  /** Threads of the engine. */
  threads: number;
  /** Limits other than the default ones. */
  limits?: Partial<Limits>;
  /** A file of bearer tokens, one a line; everyone may ask, if not given. */
  tokenFile?: string | undefined;
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
  /** Fulfilled when usual requests need no compiling. Rejected if the sampler's thread failed. */
  readonly ready: Promise<void>;
  /** Rejected if the sampler's thread ends by itself. */
  readonly ended: Promise<never>;
  /** Answers what was accepted, and stops. */
  stop(): Promise<{ answers: Readonly<Record<number, number>> }>;
}

/** The samples of a request that everything is compiled for at the start. */
const usualSamples = 16;

/**
 * Starts to serve a model.
 *
 * @throws InputError if the model, the file of tokens or the address cannot be used
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { checkpoint, host, port, batchSize, batchWait, threads, tokenFile, version, signal, log } = options;
  const limits = { ...defaultLimits, ...options.limits };
  const allows = tokenFile === undefined ? undefined : await readTokens(tokenFile);
  const warmUp = Math.min(usualSamples, limits.samples);
  const thread = await startSamplingThread({ folder: checkpoint, rows: batchSize, threads, warmUp }, signal);
  try {
    const { sample, model, ended } = thread;
    const parts = { name: basename(checkpoint), model, version, limits, batchSize, batchWait, allows, sample, log };
    const { app, setState, counts } = await createServer(parts);
    const address = await app
      .listen({ host, port, listenTextResolver: (at) => `listening at ${at}` })
      .catch((error: NodeJS.ErrnoException) => {
        throw new InputError(
          `${host}:${port} cannot be listened at (${error.code ?? error.message}): give another --port or --host`,
        );
      });
    if (allows === undefined && !isLoopback(host))
      app.log.warn("everyone who reaches this address may ask: give --token-file");
    const ready = thread.ready.then(() => {
      setState("ready");
      app.log.info({ address, model: parts.name }, "ready");
    });
    return {
      address,
      ready,
      ended,
      async stop() {
        setState("stopping");
        app.log.info("stopping: what was accepted is answered");
        await app.close();
        await thread.close();
        return { answers: counts };
      },
    };
  } catch (error) {
    await thread.close();
    throw error;
  }
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}
