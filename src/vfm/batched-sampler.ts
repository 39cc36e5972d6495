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
import { anObject, anyValue, oneOf, type OptionRules, positiveInteger, seedNumber } from "../options.js";
import { type MeanVelocity } from "../flow/index.js";
import { type FlowMapModel, imageShapeOfModel } from "./model.js";
import {
  checkSampler,
  flowMapSamplers,
  freshNoiseCount,
  type LabelledFlowMap,
  type SamplerSettings,
} from "./sampler-settings.js";

// Eight gigabytes.
const mostValues = 2 ** 31;

/** Options of `samplePrior`. */
export interface SampleOptions extends SamplerSettings, EngineSettings {
  /** Number of samples (of each observation, if there are any). */
  samples: number;
  /** The label of all samples, or one for each observation, where the flow map knows labels; none if not given. */
  label?: number | Int32Array | undefined;
  /** Fixes the samples. */
  seed: number;
  /** Samples drawn at once, at most; bounds the memory. 512 if not given. */
  batchSize?: number | undefined;
}

/** How samples are drawn, whatever fixes them. */
export type DrawSettings = Omit<SampleOptions, "seed">;

/** What the options of `samplePrior` have to be. */
export const sampleRules: OptionRules<SampleOptions> = {
  samples: positiveInteger,
  batchSize: positiveInteger,
  seed: seedNumber,
  steps: positiveInteger,
  sampler: oneOf(flowMapSamplers),
  gamma: anyValue,
  guidance: anObject,
  label: {
    wanted: "a number, or an Int32Array of one for each observation",
    accepts: (value) => typeof value === "number" || value instanceof Int32Array,
  },
  ...engineRules,
};

/** Samples and what they cost. */
export interface Samples {
  /** [N, samples, ...imageShape]; [samples, ...imageShape] for one observation or the prior. */
  readonly samples: HostArray;
  /** Evaluations of the flow map for each sample. */
  readonly evaluations: number;
}

/**
 * Where noise comes from: for what is drawn ("posterior", "fresh" and a step, "residual", "observation noise"), a source of which
 * the rows are asked for one after the other: the samples of the first observation, of the second, and so on.
 */
export type NoiseOf = (...drawn: (string | number)[]) => NormalSource;

/**
 * Noise of one seed; or of a seed for each observation, so that its samples are those that it has alone.
 *
 * @param samples of each observation
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

/** The argument of a compiled sampler that holds labels, int32 [B]: one array, or none. */
export type GivenLabels = NDArray[];

/** Examples of what a compiled sampler of `batch` samples takes. */
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
 * What a function of an object depends on: the function itself where it is the object's own, so that a copy of the object
 * with other settings shares it; a method of a class may depend on all of the object.
 */
export function ownerOf<Key extends string>(object: Readonly<Record<Key, unknown>>, name: Key): object {
  return Object.hasOwn(object, name) ? (object[name] as object) : object;
}

/**
 * How many samples are drawn at once, of `total`.
 *
 * @throws InputError if all of them are too many for memory, or the sampler's settings or the guidance are wrong
 */
export function batchOf(
  imageShape: readonly number[],
  total: number,
  options: DrawSettings,
  labels: Int32Array | undefined,
): number {
  const { batchSize = 512, guidance } = options;
  checkSampler(options);
  if (total * sizeOf(imageShape) > mostValues)
    throw new InputError(
      `${total} samples [${imageShape.join(", ")}] do not fit into one array of ${mostValues} numbers: draw fewer at a time`,
    );
  if (guidance !== undefined && labels === undefined)
    throw new InputError("guidance leads towards a label: give a label too");
  return Math.min(batchSize, total);
}

/**
 * Draws `total` samples `batch` at a time. `draw` gets noise [batch, ...sampleShape], the sampler's fresh noise, and the
 * samples' numbers, [batch].
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
  // A source of its own for each step, so that the samples do not depend on the batch size.
  const sources = Array.from({ length: freshNoiseCount(options) }, (_, step) => noiseOf("fresh", step));
  return inBatches(total, batch, async (numbers, filled) => {
    const fresh = sources.map((source) => filledNormal(source, batch, filled, sampleShape));
    return draw(filledNormal(random, batch, filled, sampleShape), fresh, numbers);
  });
}
