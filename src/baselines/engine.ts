import { type CompileCache, compileCache, type CompileOptions, engineRules } from "../compile/index.js";
import { checkOptions, type OptionRules, positiveInteger } from "../options.js";

/** Options of `samplerEngine`. */
export interface EngineOptions extends Omit<CompileOptions, "reuseOutputs"> {
  /** Greatest number of samples drawn at once. Default: 32, whose arrays stay in a processor's caches. */
  batchSize?: number | undefined;
}

/**
 * The engine of samplers, with a cache of their compiled graphs. Samplers that differ only in numbers (a step size, a
 * number of steps) share their graphs, so that tuning compiles once.
 */
export interface SamplerEngine {
  readonly batchSize: number;
  readonly compileOptions: Omit<CompileOptions, "reuseOutputs">;
  /** The compiled functions of its samplers, except those of `variationalSampler`. */
  readonly compiled: CompileCache;
  /** Frees these functions. */
  dispose(): Promise<void>;
}

const rules: OptionRules<EngineOptions> = {
  batchSize: positiveInteger,
  replicas: positiveInteger,
  ...engineRules,
};

/**
 * Makes an engine for samplers.
 *
 * @throws InputError if an option is unknown or wrong
 * @example
 * const engine = samplerEngine({ batchSize: 64 });
 * const sampler = plugAndPlayFlow(model, { steps: 100, stepSize: 1, exponent: 0.5 }, engine);
 * await sampler.sample(observation, { samples: 1, seed: 2 });
 * await engine.dispose();
 */
export function samplerEngine(options: EngineOptions = {}): SamplerEngine {
  checkOptions("samplerEngine", options, rules);
  const { batchSize = 32, ...compileOptions } = options;
  const compiled = compileCache();
  return { batchSize, compileOptions, compiled, dispose: () => compiled.dispose() };
}
