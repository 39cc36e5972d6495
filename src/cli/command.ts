import { Command, CommanderError } from "commander";
import { limitThreads } from "../compile/index.js";
import { InputError, VfmError } from "../errors.js";
import { printable, printableJson } from "../quoted-text.js";
import { failureText, holdsNul, writeError } from "../platform/node/index.js";
import { integerOption } from "./options.js";
import { Progress } from "./progress.js";

/** The result of a command: one JSON object for programs, and a text for people. */
export interface Outcome {
  json: Readonly<Record<string, unknown>>;
  text: string;
  /** Exit code 1 instead of 0: the command ended without the result that was requested. */
  failed?: boolean;
  /** Another process prints the outcome. */
  silent?: boolean;
  /** The signal with which another process was told to end all of them. */
  interruptedBy?: Signal | undefined;
}

/** What every command receives in addition to its own options. */
export interface Context {
  /** The seed of all random numbers in the command. Default: 0. */
  seed: number;
  /** The seed only if it was given: for a command whose configuration has a seed. */
  givenSeed: number | undefined;
  /** Aborted by Ctrl-C. If a command does not watch it, the frame ends the command. */
  signal: AbortSignal;
  /** Waits for work that does not watch the signal, in a command that ends itself: Ctrl-C abandons the work. */
  interruptible<T>(work: Promise<T>): Promise<T>;
  progress: Progress;
  /** Writes one line to stderr that a person should read while the command continues. */
  note(line: string): void;
}

/** A command of `vfm`. */
export interface CommandDefinition<Options> {
  name: string;
  description: string;
  /** Positional arguments in commander's notation, e.g. "<config>": options under that name. */
  argument?: { name: string; description: string; key: keyof Options & string };
  /** Adds the command's own options. */
  options(command: Command): Command;
  /** An example for the help text. */
  example: string;
  /** The default of the seed, for the help text; "0" if this is not set. */
  seedDefault?: string;
  /** What the seed is of, for the help text; "all random numbers" if this is not set. */
  seedOf?: string;
  /** Whether it computes with arrays: then it has `--threads`. */
  computes?: boolean;
  /** Whether it watches `signal` itself, to end cleanly. */
  endsItself?: boolean;
  /** Throws InputError for bad input, before anything is written. */
  run(options: Options, context: Context): Promise<Outcome>;
}

/** Where a command writes: the process's own streams, or a test's. */
export interface Streams {
  out(text: string): void;
  err(text: string): void;
}

/** Exit codes: done; failed; the command line or an input cannot be used. */
export const exitCodes = { done: 0, failed: 1, usage: 2 } as const;

/** The exit codes of an interrupted command by the signal's name, as in a shell: 128 plus the signal's number. */
const signalCodes = { SIGINT: 130, SIGTERM: 143 } as const;
type Signal = keyof typeof signalCodes;

class InterruptedError extends VfmError {
  override name = "InterruptedError";
  constructor(readonly by: Signal) {
    super("interrupted");
  }
}

/** The options that the frame adds to a command's own. */
interface FrameOptions {
  seed?: number;
  json: boolean;
  threads?: number;
}

/** An error that another process prints: it only sets the exit code. */
export class SilentError extends VfmError {
  override name = "SilentError";
  constructor(readonly said: unknown) {
    super("said by another process");
  }
}

/** Adds a command to the program; it writes its outcome to `streams`. */
export function addCommand<Options extends object>(
  program: Command,
  definition: CommandDefinition<Options>,
  streams: Streams,
  setExitCode: (code: number) => void,
): void {
  const {
    name,
    description,
    argument,
    example,
    seedDefault = "0",
    seedOf = "all random numbers",
    endsItself = false,
  } = definition;
  const command = program.command(name).description(description);
  if (argument !== undefined) command.argument(argument.name, argument.description);
  definition.options(command);
  if (definition.computes === true)
    command.option("--threads <n>", "threads of the onnx engine (default: all cores)", integerOption(1, 1024));
  command
    .option("--seed <n>", `seed of ${seedOf} (default: ${seedDefault})`, integerOption(0))
    .option("--json", "print one JSON object on one line, and nothing else", false)
    .addHelpText("after", `\nExample:\n  ${example}`)
    .action(async (...given: unknown[]) => {
      const { seed: givenSeed, json, threads, ...own } = command.opts<FrameOptions>();
      const options = (argument === undefined ? own : { ...own, [argument.key]: given[0] }) as unknown as Options;
      const progress = new Progress();
      const note = (line: string): void => {
        progress.stop();
        streams.err(`vfm: ${oneLine(line)}\n`);
      };
      try {
        limitThreads(threads);
        let signal: AbortSignal | undefined;
        const outcome = await interruptible(endsItself, (given) => {
          signal = given;
          const seed = givenSeed ?? 0;
          const leaving = <T>(work: Promise<T>): Promise<T> => leavingAt(given, work);
          return definition.run(options, { seed, givenSeed, signal: given, interruptible: leaving, progress, note });
        });
        progress.stop();
        if (outcome.silent !== true)
          streams.out(json ? `${printableJson(JSON.stringify(outcome.json))}\n` : `${printableLines(outcome.text)}\n`);
        const reason: unknown = signal?.reason;
        const by = reason instanceof InterruptedError ? reason.by : outcome.interruptedBy;
        if (outcome.failed !== true) setExitCode(exitCodes.done);
        else setExitCode(by === undefined ? exitCodes.failed : signalCodes[by]);
      } finally {
        progress.stop();
        limitThreads(undefined);
      }
    });
}

/**
 * Reports in one line what went wrong, and returns the exit code. Set VFM_DEBUG to see where the error was thrown.
 *
 * @param json whether stdout is to have one JSON object: then the same line is written there as `error`
 */
export function reportError(error: unknown, streams: Streams, json: boolean): number {
  if (error instanceof SilentError) return exitCodeOf(error.said);
  // Commander has printed the message already, or help was requested.
  const said = error instanceof CommanderError;
  if (said && error.exitCode === 0) return exitCodes.done;
  const { message } = inOurWords(error);
  if (!said) streams.err(`vfm: ${message}\n`);
  if (json) streams.out(`${printableJson(JSON.stringify({ error: message }))}\n`);
  if (process.env.VFM_DEBUG !== undefined && error instanceof Error) streams.err(`${error.stack ?? ""}\n`);
  return said ? exitCodes.usage : exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof InterruptedError) return signalCodes[error.by];
  return inOurWords(error).isUsage ? exitCodes.usage : exitCodes.failed;
}

/** The message of an error, in one line, and whether another request would avoid it. */
function inOurWords(error: unknown): { message: string; isUsage: boolean } {
  if (!(error instanceof Error)) return { message: oneLine(String(error)), isUsage: false };
  if (error instanceof VfmError || error instanceof CommanderError)
    return { message: oneLine(error.message.replace(/^error: /, "")), isUsage: error instanceof InputError };
  const { code, path, message } = error as NodeJS.ErrnoException;
  if (holdsNul(error)) return { message: "a path contains a NUL character: give another path", isUsage: true };
  if (path !== undefined)
    return {
      message: `${path} cannot be used ${failureText(error, "check the path")}`,
      isUsage: writeError(path, error) instanceof InputError,
    };
  const isStack = /call stack/i.test(message);
  if (
    error instanceof RangeError &&
    !isStack &&
    (code === "ERR_OUT_OF_RANGE" || /length|allocation|size/i.test(message))
  )
    return { message: "a requested number is too large for the memory: ask for fewer", isUsage: true };
  return { message: oneLine(message), isUsage: false };
}

/** A text of several lines, each printable: names from a file cannot control the terminal. */
function printableLines(text: string): string {
  return text.split("\n").map(printable).join("\n");
}

/** A message on one line. */
export function oneLine(message: string): string {
  return printable(message.trim().replaceAll(/\s*\n\s*/g, " "));
}

/** Runs work that Ctrl-C ends: only by `signal` if the work ends itself, else by abandoning it. */
async function interruptible<T>(endsItself: boolean, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const { signal } = controller;
  const abort = (by: Signal): void => controller.abort(new InterruptedError(by));
  process.once("SIGINT", abort).once("SIGTERM", abort);
  try {
    return await (endsItself ? work(signal) : leavingAt(signal, work(signal)));
  } finally {
    process.off("SIGINT", abort).off("SIGTERM", abort);
  }
}

/** Waits for work until the signal is aborted; then throws the signal's reason and abandons the work. */
function leavingAt<T>(signal: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => reject(signal.reason as Error);
    if (signal.aborted) leave();
    signal.addEventListener("abort", leave, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", leave));
  });
}
