import {
  type HostArray,
  hostArray,
  type NDArray,
  randomSource,
  type RandomSource,
  sizeOf,
  type Tree,
} from "../array/index.js";
import { type Backend, type CompileOptions, type Device } from "../compile/index.js";
import { InputError } from "../errors.js";
import { type MeanVelocity } from "../flow/index.js";
import { type FlowMapModel, imageShapeOfModel } from "./model.js";
import { checkSampler, freshNoiseCount, type LabelledFlowMap, type SamplerSettings } from "./sampler-settings.js";

/** Options of `samplePrior`. */
export interface SampleOptions extends SamplerSettings {
  /** Number of samples (of each observation, if there are any). */
  samples: number;
  /** The label of all samples, or one for each observation, where the flow map knows labels; none if not given. */
  label?: number | Int32Array;
  /** Fixes the samples. */
  seed: number;
  /** Samples drawn at once, at most; bounds the memory. 512 if not given. */
  batchSize?: number;
  backend?: Backend;
  /** Threads of the onnx engine; all cores if not given. */
  threads?: number;
  /** Where the onnx engine computes; "cpu" if not given. */
  device?: Device;
}

/** Samples and what they cost. */
export interface Samples {
  /** [N, samples, ...imageShape]; [samples, ...imageShape] for one observation or the prior. */
  readonly samples: HostArray;
  /** Evaluations of the flow map for each sample. */
  readonly evaluations: number;
}

/** The argument of a compiled sampler that holds labels, int32 [B]: one array, or none. */
export type GivenLabels = NDArray[];

/** Examples of what a compiled sampler of `batch` samples takes. */
export function samplerExamples(model: FlowMapModel, batch: number, options: SampleOptions) {
  const array = { shape: [batch, ...model.sampleShape], type: "float32" } as const;
  const observation = { shape: [batch, ...imageShapeOfModel(model)], type: "float32" } as const;
  const classes = { shape: [batch], type: "int32" } as const;
  const fresh = new Array<typeof array>(freshNoiseCount(options)).fill(array);
  return { array, observation, classes, fresh, labels: options.label === undefined ? [] : [classes] };
}

/** Where the sampler is compiled for. */
export function engineOf({ backend, threads, device }: SampleOptions): CompileOptions {
  return { ...(backend && { backend }), ...(threads !== undefined && { threads }), ...(device && { device }) };
}

/** The model's flow map inside a traced function. */
export function flowMapOf(model: FlowMapModel, parameters: Tree<NDArray>, [labels]: GivenLabels): LabelledFlowMap {
  const unconditional: MeanVelocity = (...inputs) => model.meanVelocity(parameters, ...inputs);
  if (labels === undefined) return { meanVelocity: unconditional, unconditional };
  return { meanVelocity: (...inputs) => model.meanVelocity(parameters, ...inputs, labels), unconditional };
}

/** Remembers what was compiled for a model, a batch, a sampler and an engine, as long as the model lives. */
export function cached<Model extends FlowMapModel, Batch, Sampler>(
  make: (model: Model, batch: Batch, options: SampleOptions) => Promise<Sampler>,
): (model: Model, batch: Batch, options: SampleOptions) => Promise<Sampler> {
  const cache = new WeakMap<Model, Map<string, Promise<Sampler>>>();
  return (model, batch, options) => {
    const known = cache.get(model) ?? new Map<string, Promise<Sampler>>();
    cache.set(model, known);
    const { steps = 1, sampler, gamma, guidance, label } = options;
    const key = JSON.stringify([batch, steps, sampler, gamma, guidance, label !== undefined, engineOf(options)]);
    const compiled = known.get(key) ?? make(model, batch, options);
    known.set(key, compiled);
    return compiled;
  };
}

/**
 * How many samples are drawn at once.
 *
 * @throws InputError if a number, the sampler's settings or the guidance is wrong
 */
export function batchOf(total: number, options: SampleOptions, labels: Int32Array | undefined): number {
  const { samples, batchSize = 512, guidance } = options;
  for (const [name, value] of Object.entries({ samples, batchSize }))
    if (!Number.isInteger(value) || value < 1)
      throw new InputError(`${name} is ${value}, it has to be a positive integer`);
  checkSampler(options);
  if (guidance !== undefined && labels === undefined)
    throw new InputError("guidance leads towards a label: give a label too");
  return Math.min(batchSize, total);
}

/**
 * Draws `total` samples `batch` at a time; `draw` gets noise [batch, ...sampleShape], the sampler's fresh noise, and its first
 * sample's number.
 */
export async function drawBatches(
  sampleShape: readonly number[],
  total: number,
  batch: number,
  random: RandomSource,
  seed: number,
  options: SampleOptions,
  draw: (eps: Float32Array, fresh: HostArray[], start: number) => Promise<HostArray>,
): Promise<Float32Array> {
  const size = sizeOf(sampleShape);
  const drawn = new Float32Array(total * size);
  // A source of its own for each step, so that the samples do not depend on the batch size.
  const sources = Array.from({ length: freshNoiseCount(options) }, (_, step) => randomSource(seed, "fresh", step));
  const noise = (source: RandomSource, filled: number): Float32Array => {
    const values = new Float32Array(batch * size);
    values.set(source.normalArray([filled]).data);
    return values;
  };
  for (let start = 0; start < total; start += batch) {
    const filled = Math.min(batch, total - start) * size;
    const fresh = sources.map((source) => hostArray(noise(source, filled), [batch, ...sampleShape]));
    const x = await draw(noise(random, filled), fresh, start);
    drawn.set(x.data.subarray(0, filled), start * size);
  }
  return drawn;
}
