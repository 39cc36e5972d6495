import { exitCodes, type Streams } from "./command.js";

/** The process's own streams, for a command, and the end of the process once all of its output is written. */
export interface ProcessOutput {
  streams: Streams;
  /** Ends the process with this exit code, or as failed if the result could not be written. */
  end(exitCode: number): void;
}

/**
 * Watches the process's output, so that a command whose result did not arrive does not end as if it had.
 *
 * @param name the program's name, for messages
 */
export function processOutput(name: string): ProcessOutput {
  // The disk is full, or the reader of a pipe has closed it.
  let unwritten: NodeJS.ErrnoException | undefined;
  const written = (error?: Error | null): void => {
    unwritten ??= error ?? undefined;
  };
  process.stdout.on("error", written);
  // Without its messages a command continues: nobody reads them any more.
  process.stderr.on("error", () => undefined);
  return {
    streams: {
      out: (text) => process.stdout.write(text, written),
      err: (text) => process.stderr.write(text),
    },
    // Work that an interrupted command abandoned must not keep the process alive; the empty text is written after all
    // others.
    end: (exitCode) =>
      void process.stdout.write("", () => {
        if (unwritten === undefined) process.exit(exitCode);
        if (unwritten.code !== "EPIPE")
          process.stderr.write(`${name}: the result could not be written to stdout: ${unwritten.message}\n`);
        process.exit(exitCodes.failed);
      }),
  };
}
