import {
  constantTree,
  type HostArray,
  hostArray,
  type NDArray,
  randomSource,
  type RandomSource,
  sizeOf,
  type Tree,
} from "../array/index.js";
import { type Backend, compile, type Compiled } from "../compile/index.js";
import { InputError, ShapeError } from "../errors.js";
import { type MeanVelocity, sampleFlowMap } from "../flow/index.js";
import { drawNoise, type NoiseAdapter, type NoiseDistribution } from "./noise-adapter.js";

/**
 * Posterior samples inside a traced function: x = f_theta(z), z ~ q_phi(. | y, c).
 *
 * @param aty A^T y, [B, ...]
 * @param problem class c, int32 [B]
 * @param eps standard normal noise, [B, ...]
 * @param steps evaluations of the flow map
 * @returns x, [B, ...]
 */
export function posteriorSample(
  networks: { meanVelocity: MeanVelocity; adapter: NoiseAdapter },
  aty: NDArray,
  problem: NDArray,
  eps: NDArray,
  steps = 1,
): NDArray {
  return sampleFlowMap(networks.meanVelocity, drawNoise(networks.adapter(aty, problem), eps), steps);
}

/** A trained Variational Flow Map: its networks as functions of their parameters, and the parameters. */
export interface VariationalFlowMap {
  /** Shape of one sample, e.g. [channels, height, width]. */
  readonly sampleShape: readonly number[];
  readonly parameters: { readonly flowMap: Tree<HostArray>; readonly adapter: Tree<HostArray> };
  meanVelocity(parameters: Tree<NDArray>, x: NDArray, r: NDArray, t: NDArray): NDArray;
  adapter(parameters: Tree<NDArray>, aty: NDArray, problem: NDArray): NoiseDistribution;
}

/** Observations as the adapter sees them. */
export interface Observations {
  /** A^T y, [N, ...sampleShape]; or one observation, of the sample's shape. */
  readonly aty: HostArray;
  /** The class c of the inverse problem of all observations, or of each. */
  readonly problem: number | Int32Array;
}

/** Options of `samplePrior`. */
export interface SampleOptions {
  /** Number of samples (of each observation, if there are any). */
  samples: number;
  /** Evaluations of the flow map a sample; 1 if not given. */
  steps?: number;
  /** Fixes the samples. */
  seed: number;
  /** Samples drawn at once, at most; bounds the memory. 512 if not given. */
  batchSize?: number;
  backend?: Backend;
}

/** Options of `samplePosterior`. */
export interface PosteriorOptions extends SampleOptions {
  /** Factor on the adapter's sigma: 1, if not given, is the posterior as it was learnt, 0 its mean noise. */
  temperature?: number;
}

/** Samples and what they cost. */
export interface Samples {
  /** [N, samples, ...sampleShape]; [samples, ...sampleShape] for one observation or the prior. */
  readonly samples: HostArray;
  /** Evaluations of the flow map for each sample. */
  readonly evaluations: number;
}

/**
 * Draws samples of p(x | y) for one or many observations, `steps` network evaluations each (one by default).
 *
 * The seed fixes the samples, whatever the batch size. The first call for a number of steps and a batch compiles the
 * sampler with the model's parameters inside; later ones find it.
 *
 * @throws ShapeError if A^T y has not the shape of the model's samples, or the classes are not one an observation
 * @throws InputError if a number of samples, steps or the batch size is not a positive integer, or the temperature is
 *   negative
 */
export async function samplePosterior(
  model: VariationalFlowMap,
  { aty, problem }: Observations,
  options: PosteriorOptions,
): Promise<Samples> {
  const { sampleShape } = model;
  const single = aty.shape.length === sampleShape.length;
  const own = single ? aty.shape : aty.shape.slice(1);
  if (own.join() !== sampleShape.join())
    throw new ShapeError(`A^T y is [${aty.shape.join(", ")}], the model's samples are [${sampleShape.join(", ")}]`);
  const count = single ? 1 : aty.shape[0];
  if (typeof problem !== "number" && problem.length !== count)
    throw new ShapeError(`${count} observations have ${problem.length} problem classes: give one each, or one for all`);

  const { samples, steps = 1, temperature = 1, seed } = options;
  if (!(temperature >= 0)) throw new InputError(`temperature is ${temperature}, it has to be 0 or more`);
  const batch = batchOf(count * samples, options);
  const { run } = await posteriorSampler(model, batch, options);
  const size = sizeOf(sampleShape);
  const drawn = await drawBatches(
    sampleShape,
    count * samples,
    batch,
    randomSource(seed, "posterior"),
    (eps, start) => {
      const rows = new Float32Array(batch * size);
      const classes = new Int32Array(batch);
      for (let i = 0; i < batch; i++) {
        // The last batch may be longer than what is left to draw.
        const observation = Math.min(count - 1, Math.floor((start + i) / samples));
        rows.set(aty.data.subarray(observation * size, (observation + 1) * size), i * size);
        classes[i] = typeof problem === "number" ? problem : problem[observation];
      }
      const scaled = temperature === 1 ? eps : eps.map((value) => temperature * value);
      const shape = [batch, ...sampleShape];
      return run(hostArray(rows, shape), hostArray(classes, [batch]), hostArray(scaled, shape));
    },
  );
  return {
    samples: hostArray(drawn, single ? [samples, ...sampleShape] : [count, samples, ...sampleShape]),
    evaluations: steps,
  };
}

/**
 * Draws unconditional samples, x = f_theta(z) with z ~ N(0, I): [samples, ...sampleShape].
 *
 * @throws InputError if a number of samples, steps or the batch size is not a positive integer
 */
export async function samplePrior(
  model: Pick<VariationalFlowMap, "sampleShape" | "meanVelocity"> & { parameters: { flowMap: Tree<HostArray> } },
  options: SampleOptions,
): Promise<Samples> {
  const { sampleShape } = model;
  const { samples, steps = 1, seed } = options;
  const batch = batchOf(samples, options);
  const { run } = await priorSampler(model, batch, options);
  const drawn = await drawBatches(sampleShape, samples, batch, randomSource(seed, "prior"), (eps) =>
    run(hostArray(eps, [batch, ...sampleShape])),
  );
  return { samples: hostArray(drawn, [samples, ...sampleShape]), evaluations: steps };
}

type FlowMapModel = Parameters<typeof samplePrior>[0];

const posteriorSampler = cached(
  (model: VariationalFlowMap, batch: number, steps: number, backend: Backend | undefined) => {
    const array = { shape: [batch, ...model.sampleShape], type: "float32" } as const;
    const classes = { shape: [batch], type: "int32" } as const;
    const sampler = (aty: NDArray, problem: NDArray, eps: NDArray): NDArray => {
      const parameters = constantTree(model.parameters.adapter);
      const adapter: NoiseAdapter = (...inputs) => model.adapter(parameters, ...inputs);
      return posteriorSample({ meanVelocity: meanVelocityOf(model), adapter }, aty, problem, eps, steps);
    };
    return compile(sampler, [array, classes, array], backend && { backend });
  },
);

const priorSampler = cached((model: FlowMapModel, batch: number, steps: number, backend: Backend | undefined) => {
  const array = { shape: [batch, ...model.sampleShape], type: "float32" } as const;
  return compile((z: NDArray) => sampleFlowMap(meanVelocityOf(model), z, steps), [array], backend && { backend });
});

function meanVelocityOf(model: FlowMapModel): MeanVelocity {
  const parameters = constantTree(model.parameters.flowMap);
  return (...inputs) => model.meanVelocity(parameters, ...inputs);
}

/** Remembers what was compiled for a model, a batch, a number of steps and an engine, as long as the model lives. */
function cached<Model extends FlowMapModel, Args extends readonly unknown[]>(
  make: (model: Model, batch: number, steps: number, backend: Backend | undefined) => Promise<Compiled<Args, NDArray>>,
): (model: Model, batch: number, options: SampleOptions) => Promise<Compiled<Args, NDArray>> {
  const cache = new WeakMap<Model, Map<string, Promise<Compiled<Args, NDArray>>>>();
  return (model, batch, { steps = 1, backend }) => {
    const known = cache.get(model) ?? new Map<string, Promise<Compiled<Args, NDArray>>>();
    cache.set(model, known);
    const key = [batch, steps, backend].join();
    const compiled = known.get(key) ?? make(model, batch, steps, backend);
    known.set(key, compiled);
    return compiled;
  };
}

function batchOf(total: number, { samples, steps = 1, batchSize = 512 }: SampleOptions): number {
  for (const [name, value] of Object.entries({ samples, steps, batchSize }))
    if (!Number.isInteger(value) || value < 1)
      throw new InputError(`${name} is ${value}, it has to be a positive integer`);
  return Math.min(batchSize, total);
}

/** Draws `total` samples `batch` at a time; `draw` gets noise [batch, ...sampleShape] and its first sample's number. */
async function drawBatches(
  sampleShape: readonly number[],
  total: number,
  batch: number,
  random: RandomSource,
  draw: (eps: Float32Array, start: number) => Promise<HostArray>,
): Promise<Float32Array> {
  const size = sizeOf(sampleShape);
  const drawn = new Float32Array(total * size);
  for (let start = 0; start < total; start += batch) {
    const filled = Math.min(batch, total - start) * size;
    const eps = new Float32Array(batch * size);
    for (let k = 0; k < filled; k++) eps[k] = random.normal();
    const x = await draw(eps, start);
    drawn.set(x.data.subarray(0, filled), start * size);
  }
  return drawn;
}
