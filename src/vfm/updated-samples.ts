import {
  constant,
  filledNormal,
  hostArray,
  type HostArray,
  inBatches,
  type NDArray,
  sizeOf,
  takeRows,
} from "../array/index.js";
import {
  compile,
  type CompileKey,
  engineOf,
  type EngineSettings,
  formOf,
  type Hosted,
  sharedCache,
} from "../compile/index.js";
import { type Observation, observationRows, type Problem, type TracedParameters } from "../operators/index.js";
import { type ObservationUpdate } from "./model.js";
import { type NoiseOf, noiseOfSeed } from "./noise-source.js";
import { updateOnObservation, type UpdateNoise } from "./observation-update.js";
import { type ResidualRoot } from "./residual-root.js";
import { type DrawSettings } from "./sample-options.js";

type Residual = NonNullable<ObservationUpdate["residual"]>;

/**
 * Conditions samples on their observation by a linear operator with Gaussian noise, one batch at a time: see
 * `updateOnObservation`.
 *
 * @param images [N * samples, ...imageShape]: the samples of the first observation, then of the second, and so on
 * @returns the conditioned images, in the same shape
 * @throws ShapeError if the residual has a texture and the images are not [N * samples, C, H, W]
 */
export async function updateSamples(
  images: HostArray,
  residual: Residual,
  observation: Observation,
  options: DrawSettings & { batchSize: number },
  noiseOf: NoiseOf,
): Promise<HostArray> {
  const batch = batches(images, residual, observation, options, noiseOf);
  return sharedCache.use(
    updateKey(observation.problem, residual, batch.example, options),
    () => compileUpdate(observation.problem, residual, batch.example, options),
    ({ run }) => inBatches(images.shape[0], options.batchSize, (rows, filled) => run(batch.of(rows, filled))),
  );
}

/**
 * Conditions the samples of each of N observations, as `updateSamples` does.
 *
 * @param drawn [N, samples, ...imageShape]
 * @param seed that of the samples; the noise of the update is another
 * @returns the conditioned samples, in the same shape
 * @throws ShapeError if the residual has a texture and the samples are not [N, samples, C, H, W]
 */
export async function updatePosteriorSamples(
  drawn: HostArray,
  residual: Residual,
  observation: Observation,
  { seed, batchSize: most, ...engine }: EngineSettings & { seed: number; batchSize: number },
): Promise<HostArray> {
  const [count, samples, ...imageShape] = drawn.shape;
  const images = hostArray(drawn.data, [count * samples, ...imageShape]);
  const options = { ...engine, samples, batchSize: Math.min(most, count * samples) };
  const { data } = await updateSamples(images, residual, observation, options, noiseOfSeed(seed, samples));
  return hostArray(data, drawn.shape);
}

/** The arguments of a compiled update. */
interface Inputs {
  x: NDArray;
  y: NDArray;
  parameters: Record<string, NDArray>;
  /** The residual's scales, and its axes with their own scales if it has any. */
  scales: NDArray;
  leading: NonNullable<ResidualRoot["leading"]>[];
  noise: UpdateNoise;
}

/** Assembles the inputs of a batch for the samples with these indices; only the first `filled` are used. */
function batches(
  images: HostArray,
  { scales, leading }: Residual,
  observation: Observation,
  { samples, batchSize }: DrawSettings & { batchSize: number },
  noiseOf: NoiseOf,
): { example: Hosted<Inputs>; of(numbers: Int32Array, filled: number): Hosted<Inputs> } {
  // Each noise has its own source, so that the samples do not depend on the batch size.
  const sources = { residual: noiseOf("residual"), observation: noiseOf("observation noise") };
  const of = (numbers: Int32Array, filled: number): Hosted<Inputs> => {
    const { y, parameters } = observationRows(
      observation,
      numbers.map((i) => Math.floor(i / samples)),
    );
    return {
      x: takeRows(images, numbers),
      y,
      parameters,
      scales,
      leading: leading === undefined ? [] : [leading],
      noise: {
        residual: filledNormal(sources.residual, batchSize, filled, [sizeOf(images.shape.slice(1))]),
        observation: filledNormal(sources.observation, batchSize, filled, y.shape.slice(1)),
      },
    };
  };
  return { example: of(new Int32Array(batchSize), 0), of };
}

/** What a compiled update depends on. */
function updateKey(
  { observation }: Problem,
  { cosine, saturation, texture, iterations }: Residual,
  example: Hosted<Inputs>,
  options: DrawSettings,
): CompileKey {
  const settings = [cosine, saturation, texture, iterations];
  return { objects: [observation], values: ["update", formOf(example), ...settings, engineOf(options)] };
}

function compileUpdate(problem: Problem, settings: Residual, example: Hosted<Inputs>, options: DrawSettings) {
  const { cosine, saturation, texture, iterations } = settings;
  const update = ({ x, y, parameters, scales, leading: [leading], noise }: Inputs): NDArray => {
    const residual = { scales, cosine, saturation, texture, iterations, ...(leading && { leading }) };
    return traceUpdate(x, y, parameters, problem, residual, noise);
  };
  return compile(update, [example], engineOf(options));
}

/** The residual's settings inside a traced function: a `Residual` with traced arrays. */
export interface TracedResidual extends ResidualRoot {
  iterations?: number | undefined;
}

/** A residual with its arrays as constants of a traced function. */
export function constantResidual({ scales, leading, ...settings }: Residual): TracedResidual {
  return {
    ...settings,
    scales: constant(scales),
    ...(leading && { leading: { axes: constant(leading.axes), scales: constant(leading.scales) } }),
  };
}

/**
 * Conditions samples of one problem on their observations, inside a traced function: see `updateOnObservation`.
 *
 * @param x f(z), [B, ...imageShape]
 * @param y the observation of each sample, [B, ...observationShape]
 * @param parameters the operator's parameters for each sample
 * @returns [B, ...imageShape]
 * @throws ShapeError if the residual has a texture and x is not [B, C, H, W]
 */
export function traceUpdate(
  x: NDArray,
  y: NDArray,
  parameters: TracedParameters,
  { observation }: Problem,
  { cosine = false, iterations, ...residual }: TracedResidual,
  noise: UpdateNoise,
): NDArray {
  const { operator, sigma } = observation;
  const forward = (image: NDArray): NDArray => observation.predict(image, parameters);
  const seen = { y, forward, shiftInvariant: operator.shiftInvariant, sigma };
  return updateOnObservation(x, seen, { ...residual, cosine }, noise, iterations);
}
