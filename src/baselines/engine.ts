import { type CompileOptions } from "../compile/index.js";
import { InputError } from "../errors.js";

/** What can be freed. */
interface Disposable {
  dispose(): Promise<void>;
}

/** Options of `samplerEngine`. */
export interface EngineOptions extends CompileOptions {
  /** Samples drawn at once, at most; 256 if not given. */
  batchSize?: number;
}

/**
 * Where samplers keep what they compiled. Samplers that differ in numbers alone (a step size, a number of steps) share
 * their graphs, so that tuning compiles once.
 */
export interface SamplerEngine {
  readonly batchSize: number;
  readonly compileOptions: CompileOptions;
  /** What was made for this owner (a model) under this name; made by `make` the first time. */
  kept<T extends Disposable>(owner: object, name: string, make: () => Promise<T>): Promise<T>;
  /** Frees everything that was compiled. */
  dispose(): Promise<void>;
}

/**
 * Makes an engine for samplers.
 *
 * @throws InputError if the batch size is not a positive integer
 */
export function samplerEngine({ batchSize = 256, ...compileOptions }: EngineOptions = {}): SamplerEngine {
  if (!Number.isInteger(batchSize) || batchSize < 1)
    throw new InputError(`batchSize is ${batchSize}, it has to be a positive integer`);
  const owners = new Map<object, Map<string, Promise<Disposable>>>();
  return {
    batchSize,
    compileOptions,
    kept: <T extends Disposable>(owner: object, name: string, make: () => Promise<T>): Promise<T> => {
      const known = owners.get(owner) ?? new Map<string, Promise<Disposable>>();
      owners.set(owner, known);
      const made = (known.get(name) as Promise<T> | undefined) ?? make();
      known.set(name, made);
      return made;
    },
    dispose: async () => {
      const all = [...owners.values()].flatMap((known) => [...known.values()]);
      owners.clear();
      for (const made of all) await (await made).dispose();
    },
  };
}
