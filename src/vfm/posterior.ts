import { type HostArray, hostArray, type NDArray, randomSource, sizeOf, type Tree } from "../array/index.js";
import { type Backend, compile, type Compiled } from "../compile/index.js";
import { ShapeError } from "../errors.js";
import { type MeanVelocity, sampleFlowMap } from "../flow/index.js";
import { drawNoise, type NoiseAdapter } from "./noise-adapter.js";

/**
 * Posterior samples inside a traced function: x = f_theta(z), z ~ q_phi(. | y, c).
 *
 * @param aty A^T y, [B, ...]
 * @param problem class c, int32 [B]
 * @param eps standard normal noise, [B, ...]
 * @param steps evaluations of the flow map
 * @param temperature factor on sigma; 1 is the posterior that was learnt
 */
export function posteriorSample(
  networks: { meanVelocity: MeanVelocity; adapter: NoiseAdapter },
  aty: NDArray,
  problem: NDArray,
  eps: NDArray,
  steps = 1,
  temperature = 1,
): NDArray {
  return sampleFlowMap(networks.meanVelocity, drawNoise(networks.adapter(aty, problem), eps, temperature), steps);
}

/** A trained Variational Flow Map: its networks as functions of their parameters, and the parameters. */
export interface VariationalFlowMap {
  /** Shape of one sample, e.g. [channels, height, width]. */
  readonly sampleShape: readonly number[];
  readonly parameters: { readonly flowMap: Tree<HostArray>; readonly adapter: Tree<HostArray> };
  meanVelocity(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray): NDArray;
  adapter(parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): ReturnType<NoiseAdapter>;
}

/** Observations as the adapter sees them. */
export interface Observations {
  /** A^T y, [N, ...sampleShape]; or one observation, of the sample's shape. */
  readonly aty: HostArray;
  /** The class c of the inverse problem of each observation, or of all. */
  readonly problem: number | Int32Array;
}

/** Options of `samplePosterior` and `samplePrior`. */
export interface SampleOptions {
  /** Samples of each observation. */
  samples: number;
  /** Evaluations of the flow map a sample; 1 if not given. */
  steps?: number;
  /** Fixes the samples. */
  seed: number;
  /** Factor on the adapter's sigma; 1 if not given. */
  temperature?: number;
  /** Samples drawn at once, at most; bounds the memory. 512 if not given. */
  batchSize?: number;
  backend?: Backend;
}

/** Samples and what they cost. */
export interface Samples {
  /** [N, samples, ...sampleShape]; [samples, ...sampleShape] for one observation or the prior. */
  readonly samples: HostArray;
  /** Evaluations of the flow map for each sample. */
  readonly evaluations: number;
}

type Run = (inputs: { aty: HostArray; problem: HostArray; eps: HostArray }) => Promise<HostArray>;

const cache = new WeakMap<VariationalFlowMap, Map<string, Promise<Run>>>();

/** Compiles the sampler once for each batch size and number of steps. */
function compiledSampler(
  model: VariationalFlowMap,
  batch: number,
  conditional: boolean,
  options: SampleOptions,
): Promise<Run> {
  const { steps = 1, temperature = 1, backend } = options;
  const known = cache.get(model) ?? new Map<string, Promise<Run>>();
  cache.set(model, known);
  const key = [batch, conditional, steps, temperature, backend].join();
  const existing = known.get(key);
  if (existing) return existing;
  const made = compileSampler(model, batch, conditional, steps, temperature, backend);
  known.set(key, made);
  return made;
}

async function compileSampler(
  model: VariationalFlowMap,
  batch: number,
  conditional: boolean,
  steps: number,
  temperature: number,
  backend: Backend | undefined,
): Promise<Run> {
  const shape = [batch, ...model.sampleShape];
  const array = { shape, type: "float32" } as const;
  const problem = { shape: [batch], type: "int32" } as const;
  const draw = (
    parameters: { flowMap: Tree<NDArray>; adapter: Tree<NDArray> },
    aty: NDArray,
    c: NDArray,
    eps: NDArray,
  ): NDArray => {
    const meanVelocity: MeanVelocity = (x, r, t) => model.meanVelocity(parameters.flowMap, x, r, t);
    if (!conditional) return sampleFlowMap(meanVelocity, eps, steps);
    const adapter: NoiseAdapter = (y, classes) => model.adapter(parameters.adapter, y, classes);
    return posteriorSample({ meanVelocity, adapter }, aty, c, eps, steps, temperature);
  };
  // Untyped on purpose: the general tree type is recursive, and `Example` of it has no end.
  const compileUntyped = compile as unknown as (
    fn: typeof draw,
    examples: readonly unknown[],
    options: { backend?: Backend },
  ) => Promise<Compiled<readonly unknown[], NDArray>>;
  const compiled = await compileUntyped(draw, [model.parameters, array, problem, array], backend ? { backend } : {});
  return ({ aty, problem: c, eps }) => compiled.run(model.parameters as never, aty as never, c as never, eps as never);
}

/**
 * Draws samples of p(x | y) for one or many observations, `steps` network evaluations each (one by default).
 *
 * The seed fixes the samples: those of one observation do not depend on the batch size.
 *
 * @throws ShapeError if A^T y has not the shape of the model's samples
 */
export async function samplePosterior(
  model: VariationalFlowMap,
  observations: Observations,
  options: SampleOptions,
): Promise<Samples> {
  const { aty, problem } = observations;
  const { sampleShape } = model;
  const single = aty.shape.length === sampleShape.length;
  const own = single ? aty.shape : aty.shape.slice(1);
  if (own.length !== sampleShape.length || own.some((size, i) => size !== sampleShape[i]))
    throw new ShapeError(`A^T y is [${aty.shape.join(", ")}], the model's samples are [${sampleShape.join(", ")}]`);
  const count = single ? 1 : aty.shape[0];
  const result = await drawAll(model, { aty, problem, count }, options);
  return { ...result, samples: single ? withShape(result.samples, [options.samples, ...sampleShape]) : result.samples };
}

/** Draws unconditional samples, x = f_theta(z) with z ~ N(0, I): [samples, ...sampleShape]. */
export async function samplePrior(model: VariationalFlowMap, options: SampleOptions): Promise<Samples> {
  const result = await drawAll(model, undefined, options);
  return { ...result, samples: withShape(result.samples, [options.samples, ...model.sampleShape]) };
}

async function drawAll(
  model: VariationalFlowMap,
  given: { aty: HostArray; problem: number | Int32Array; count: number } | undefined,
  options: SampleOptions,
): Promise<Samples> {
  const { samples, seed, batchSize = 512, steps = 1 } = options;
  const size = sizeOf(model.sampleShape);
  const count = given?.count ?? 1;
  const total = count * samples;
  const batch = Math.min(batchSize, total);
  const run = await compiledSampler(model, batch, given !== undefined, options);
  const random = randomSource(seed, "posterior");
  const drawn = new Float32Array(total * size);
  for (let start = 0; start < total; start += batch) {
    const filled = Math.min(batch, total - start);
    const aty = new Float32Array(batch * size);
    const classes = new Int32Array(batch);
    const eps = new Float32Array(batch * size);
    for (let i = 0; i < filled; i++) {
      const observation = Math.floor((start + i) / samples);
      if (given) {
        aty.set(given.aty.data.subarray(observation * size, (observation + 1) * size), i * size);
        classes[i] = typeof given.problem === "number" ? given.problem : given.problem[observation];
      }
      for (let k = 0; k < size; k++) eps[i * size + k] = random.normal();
    }
    const shape = [batch, ...model.sampleShape];
    const x = await run({
      aty: hostArray(aty, shape),
      problem: hostArray(classes, [batch]),
      eps: hostArray(eps, shape),
    });
    drawn.set(x.data.subarray(0, filled * size), start * size);
  }
  return { samples: hostArray(drawn, [count, samples, ...model.sampleShape]), evaluations: steps };
}

const withShape = ({ data }: HostArray, shape: readonly number[]): HostArray => hostArray(data, shape);
