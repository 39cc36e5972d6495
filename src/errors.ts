import { quoted } from "./quoted-text.js";

const longestMessage = 4000;

/**
 * Base class of every error that this library throws on purpose. Its message is one line: what is wrong, where, and how
 * to fix it. Text that it quotes from a file is printable and short.
 */
export class VfmError extends Error {
  override name = "VfmError";

  constructor(message: string, options?: ErrorOptions) {
    super(quoted(message.trim().replaceAll(/\s*[\r\n]+\s*/g, " "), longestMessage), options);
  }
}

/** The caller's input (a file, an option, a configuration, an array) cannot be used. Commands exit with 2. */
export class InputError extends VfmError {
  override name = "InputError";
}

/** Does some work with the contents of a file. An InputError that does not name the file gets its name as a prefix. */
export function naming<T>(source: string, work: () => T): T {
  const named = (error: unknown): unknown =>
    error instanceof InputError && !error.message.includes(source)
      ? new InputError(`${source}: ${error.message}`)
      : error;
  try {
    const result = work();
    // The error of a promise comes later.
    return result instanceof Promise
      ? (result.catch((error: unknown) => {
          throw named(error);
        }) as T)
      : result;
  } catch (error) {
    throw named(error);
  }
}

/** Shapes of arrays do not fit together. */
export class ShapeError extends InputError {
  override name = "ShapeError";
}

/** A function cannot be compiled: it uses a primitive or a form that the chosen engine does not have. */
export class CompileError extends VfmError {
  override name = "CompileError";
}

/** Training stopped because a loss or a parameter was not finite. */
export class NonFiniteError extends VfmError {
  override name = "NonFiniteError";
}

/** The processes of one run cannot continue together. */
export class DistributedError extends VfmError {
  override name = "DistributedError";
}

/** A process of the run does not answer: it has died, or cannot be reached. */
export class LostProcessError extends DistributedError {
  override name = "LostProcessError";
}
