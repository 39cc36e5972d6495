import { availableThreads } from "../compile/index.js";
import { type CommandDefinition } from "./command.js";
import { checkpointOption, integerOption, numberOption, stepsOption } from "./options.js";
import { packageVersion } from "./package-folder.js";

/** Options of `vfm serve`. */
export interface ServeCommandOptions {
  checkpoint: string;
  host: string;
  port: number;
  batchSize: number;
  batchWait: number;
  queue: number;
  maxBody: number;
  maxPixels: number;
  maxSamples: number;
  maxSteps: number;
  timeout: number;
  receiveTimeout: number;
  tokenFile?: string;
}

const megabyte = 2 ** 20;

// Two times together are less than 2^31 milliseconds, the most that a timer takes.
const mostSeconds = 1e6;

// A body of JSON becomes one string, which cannot be longer than 2^29 bytes.
const mostMegabytes = 500;

/** `vfm serve`: serves a model's posterior samples over HTTP, until it is told to stop. */
export const serveCommand: CommandDefinition<ServeCommandOptions> = {
  name: "serve",
  description:
    "answer requests for posterior samples over HTTP, until Ctrl-C or SIGTERM; logs are lines of JSON on stderr",
  options: (command) =>
    command
      .addOption(checkpointOption())
      .option("--host <address>", "the address to listen at", "127.0.0.1")
      .option("--port <n>", "the port; 0 takes a free one", integerOption(0, 65535), 8080)
      .option("--batch-size <n>", "samples drawn at once, at most", integerOption(1), 64)
      .option(
        "--batch-wait <ms>",
        "milliseconds that a request waits for others to join its batch",
        numberOption(0, 1000 * mostSeconds),
        2,
      )
      .option("--queue <n>", "requests that may wait; further ones get 429", integerOption(1), 128)
      .option("--max-body <MB>", "the largest body of a request, in megabytes", numberOption(1e-6, mostMegabytes), 8)
      .option("--max-pixels <n>", "the most pixels of an image", integerOption(1), 2 ** 24)
      .option("--max-samples <n>", "the most samples of a request", integerOption(1), 64)
      .option("--max-steps <n>", "the most steps of the sampler", stepsOption, 8)
      .option(
        "--timeout <s>",
        "seconds within which an answer has to be ready, else 503",
        numberOption(0.001, mostSeconds),
        30,
      )
      .option(
        "--receive-timeout <s>",
        "seconds within which a request has to arrive completely, else 408",
        numberOption(0.001, mostSeconds),
        10,
      )
      .option("--token-file <file>", "bearer tokens, one per line (default: none, everyone may send requests)"),
  example: "vfm serve --checkpoint mnist --port 8080",
  computes: true,
  endsItself: true,
  seedOf: "requests that give none",
  run: async (options, { seed, signal, interruptible }) => {
    // Other commands need not wait for the libraries of the service.
    const { startService } = await import("../serve/index.js");
    const { checkpoint, host, port, batchSize, batchWait, tokenFile } = options;
    const service = await interruptible(
      startService({
        checkpoint,
        host,
        port,
        batchSize,
        batchWait,
        tokenFile,
        seed,
        threads: availableThreads(),
        version: packageVersion(),
        signal,
        limits: {
          queue: options.queue,
          bodyBytes: Math.floor(options.maxBody * megabyte),
          pixels: options.maxPixels,
          samples: options.maxSamples,
          steps: options.maxSteps,
          seconds: options.timeout,
          receiveSeconds: options.receiveTimeout,
        },
        log: (line) => process.stderr.write(line),
      }),
    );
    const failure = await Promise.race([service.ended.catch((error: unknown) => ({ error })), aborted(signal)]);
    const { answers } = await service.stop();
    if (failure !== undefined) throw failure.error;
    const count = Object.values(answers).reduce((sum, one) => sum + one, 0);
    return {
      json: { address: service.address, answers },
      text: `stopped: ${count} requests for samples were answered, ${answers[200] ?? 0} of them with samples`,
    };
  },
};

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
