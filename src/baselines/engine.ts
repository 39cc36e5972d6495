import { type CompileCache, compileCache, type CompileOptions } from "../compile/index.js";
import { InputError } from "../errors.js";

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
  /** What its samplers have compiled. */
  readonly compiled: CompileCache;
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
  const compiled = compileCache();
  return { batchSize, compileOptions, compiled, dispose: () => compiled.dispose() };
}
