import {
  filledNormal,
  type HostArray,
  hostZeros,
  inBatches,
  type NDArray,
  type NormalSource,
  randomSource,
  sizeOf,
  type Tree,
} from "../array/index.js";
import { type CompileKey, engineOf, engineRules, type EngineSettings } from "../compile/index.js";
import { InputError } from "../errors.js";
import { aFunction, anObject, anyValue, oneOf, type OptionRules, positiveInteger, seedNumber } from "../options.js";
import { type MeanVelocity } from "../flow/index.js";
import { type FlowMapModel, imageShapeOfModel } from "./model.js";
import {
  checkSampler,
  flowMapSamplers,
  freshNoiseCount,
  type LabelledFlowMap,
  type SamplerSettings,
} from "./sampler-settings.js";

// Eight gigabytes of float32 values.
const mostValues = 2 ** 31;

/** Options of `samplePrior`. */
export interface SampleOptions extends SamplerSettings, EngineSettings {
  /** Number of samples, of each observation if there are any. */
  samples: number;
  /**
   * The label of all samples, or one for each observation (where there are none, for each sample), for a flow map that
   * knows labels. Default: none.
   */
  label?: number | Int32Array | undefined;
  /** Seed of the samples. */
  seed: number;
  /** Greatest number of samples drawn at once; it bounds the memory. Default: 64 images, or 512 points. */
  batchSize?: number | undefined;
  /** Called before every batch with the share of the samples that are drawn. If it throws, sampling ends. */
  onBatch?: ((done: number) => void) | undefined;
}

/** How samples are drawn, whatever their randomness comes from. */
export type DrawSettings = Omit<SampleOptions, "seed">;

/** The rules for the options of `samplePrior`. */
export const sampleRules: OptionRules<SampleOptions> = {
  samples: positiveInteger,
  batchSize: positiveInteger,
  seed: seedNumber,
  steps: positiveInteger,
  sampler: oneOf(flowMapSamplers),
  gamma: anyValue,
  guidance: anObject,
  label: {
    wanted: "a number, or an Int32Array of one for each observation or sample",
    accepts: (value) => typeof value === "number" || value instanceof Int32Array,
  },
  onBatch: aFunction,
  ...engineRules,
};

/** Samples and what they cost. */
export interface Samples {
  /** [N, samples, ...imageShape]; [samples, ...imageShape] for one observation or the prior. */
  readonly samples: HostArray;
  /** Number of evaluations of the flow map for each sample. */
  readonly evaluations: number;
}

/**
 * Gives the source of the noise for each purpose: "posterior", "fresh" and a step, "residual" or "observation noise".
 * Its rows are asked for in order: the samples of the first observation, then those of the second, and so on.
 */
export type NoiseOf = (...drawn: (string | number)[]) => NormalSource;

/**
 * Noise from one seed, or from one seed for each observation, so that its samples do not depend on the other
 * observations.
 *
 * @param samples number of samples of each observation
 */
export function noiseOfSeed(seed: number | readonly number[], samples: number): NoiseOf {
  if (typeof seed === "number") return (...drawn) => randomSource(seed, ...drawn);
  return (...drawn) => {
    const sources = seed.map((own) => randomSource(own, ...drawn));
    let sample = 0;
    return {
      normalArray([count, ...shape]) {
        const rows = hostZeros([count, ...shape]);
        for (let row = 0; row < count; row++, sample++)
          rows.data.set(sources[Math.floor(sample / samples)].normalArray(shape).data, row * sizeOf(shape));
        return rows;
      },
    };
  };
}

/** The labels that a compiled sampler takes as its argument: one int32 array [B], or none. */
export type GivenLabels = NDArray[];

/** Example arguments of a compiled sampler of `batch` samples. */
export function samplerExamples(model: FlowMapModel, batch: number, options: DrawSettings) {
  const array = { shape: [batch, ...model.sampleShape], type: "float32" } as const;
  const observation = { shape: [batch, ...imageShapeOfModel(model)], type: "float32" } as const;
  const classes = { shape: [batch], type: "int32" } as const;
  const fresh = new Array<typeof array>(freshNoiseCount(options)).fill(array);
  return { array, observation, classes, fresh, labels: options.label === undefined ? [] : [classes] };
}

/** The model's flow map inside a traced function. */
export function flowMapOf(model: FlowMapModel, parameters: Tree<NDArray>, [labels]: GivenLabels): LabelledFlowMap {
  const unconditional: MeanVelocity = (...inputs) => model.meanVelocity(parameters, ...inputs);
  if (labels === undefined) return { meanVelocity: unconditional, unconditional };
  return { meanVelocity: (...inputs) => model.meanVelocity(parameters, ...inputs, labels), unconditional };
}

/** What a compiled sampler depends on: the model's networks and parameters, its batch, its settings and the engine. */
export function samplerKey(model: FlowMapModel, batch: unknown, options: DrawSettings): CompileKey {
  const { steps = 1, sampler, gamma, guidance, label } = options;
  const settings = { steps, sampler, gamma, guidance, labelled: label !== undefined };
  return {
    objects: [ownerOf(model, "meanVelocity"), model.parameters.flowMap],
    values: [batch, model.sampleShape, settings, engineOf(options)],
  };
}

/**
 * The object that a method depends on, as part of a compile key. An own property is a function by itself, so that a
 * copy of the object with other settings shares what was compiled; a method of a class may depend on all of the object.
 */
export function ownerOf<Key extends string>(object: Readonly<Record<Key, unknown>>, name: Key): object {
  return Object.hasOwn(object, name) ? (object[name] as object) : object;
}

/**
 * How many of `total` samples are drawn at once.
 *
 * @throws InputError if all of them are too many for memory, or the sampler's settings or the guidance are wrong
 */
export function batchOf(
  imageShape: readonly number[],
  total: number,
  options: DrawSettings,
  labels: Int32Array | undefined,
): number {
  const { batchSize = imageShape.length === 1 ? 512 : 64, guidance } = options;
  checkSampler(options);
  if (total * sizeOf(imageShape) > mostValues)
    throw new InputError(
      `${total} samples [${imageShape.join(", ")}] do not fit into one array of ${mostValues} numbers: draw fewer at a time`,
    );
  if (guidance !== undefined && labels === undefined) throw new InputError("guidance needs a label: give a label too");
  return Math.min(batchSize, total);
}

/**
 * Draws `total` samples, `batch` at a time. `draw` gets noise [batch, ...sampleShape], the sampler's fresh noise, and
 * the indices of the samples, [batch].
 *
 * @returns [total, ...sampleShape]
 */
export async function drawBatches(
  sampleShape: readonly number[],
  total: number,
  batch: number,
  random: NormalSource,
  noiseOf: NoiseOf,
  options: DrawSettings,
  draw: (eps: HostArray, fresh: HostArray[], numbers: Int32Array) => Promise<HostArray>,
): Promise<HostArray> {
  // Each step has its own source, so that the samples do not depend on the batch size.
  const sources = Array.from({ length: freshNoiseCount(options) }, (_, step) => noiseOf("fresh", step));
  return inBatches(total, batch, async (numbers, filled) => {
    options.onBatch?.(numbers[0] / total);
    const fresh = sources.map((source) => filledNormal(source, batch, filled, sampleShape));
    return draw(filledNormal(random, batch, filled, sampleShape), fresh, numbers);
  });
}
