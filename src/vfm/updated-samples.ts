import { type HostArray, hostArray, type NDArray, randomSource, sizeOf } from "../array/index.js";
import { compile, type Hosted } from "../compile/index.js";
import { ShapeError } from "../errors.js";
import { engineOf, type SampleOptions } from "./batched-sampler.js";
import { type ObservationUpdate } from "./model.js";
import { type ResidualRoot, updateOnObservation, type UpdateNoise } from "./observation-update.js";

/** What was measured of N images through a linear operator with Gaussian noise. */
export interface Measurement {
  /** y, [N, ...observationShape]; 0 where nothing was observed. */
  readonly y: HostArray;
  /** What the operator drew for each image (masks, kernels): arrays whose first axis is the image. */
  readonly parameters: Readonly<Record<string, HostArray>>;
  /** A x inside a traced function, linear in x, 0 where nothing is observed: [B, ...imageShape] -> [B, ...observationShape]. */
  readonly forward: (x: NDArray, parameters: Readonly<Record<string, NDArray>>) => NDArray;
  /** Standard deviation of the noise. */
  readonly sigma: number;
}

type Residual = NonNullable<ObservationUpdate["residual"]>;

/**
 * Conditions samples on their observation, a batch at a time: see `updateOnObservation`.
 *
 * @param images [N * samples, ...imageShape]: the samples of the first observation, then of the second, and so on
 * @returns as many images
 * @throws ShapeError if the measurement is not of N images
 */
export async function updateSamples(
  images: HostArray,
  residual: Residual,
  measured: Measurement,
  options: SampleOptions & { batchSize: number },
): Promise<HostArray> {
  const { samples, batchSize } = options;
  const [total, ...imageShape] = images.shape;
  const { y, parameters } = measured;
  const wrong = [y, ...Object.values(parameters)].find(({ shape }) => shape[0] * samples !== total);
  if (wrong !== undefined)
    throw new ShapeError(
      `a measurement [${wrong.shape.join(", ")}] stands beside ${total / samples} observations: give one each`,
    );
  const batch = batches(images, residual, measured, options);
  const run = await updaterFor(measured, residual.saturation, batch(0, 0), options);
  const size = sizeOf(imageShape);
  const updated = new Float32Array(images.data.length);
  for (let start = 0; start < total; start += batchSize) {
    const filled = Math.min(batchSize, total - start);
    const { data } = await run(batch(start, filled));
    updated.set(data.subarray(0, filled * size), start * size);
  }
  return hostArray(updated, images.shape);
}

/** What a compiled update takes. */
interface Inputs {
  x: NDArray;
  y: NDArray;
  parameters: Record<string, NDArray>;
  /** The residual's scales; axes with scales of their own, if it has any. */
  scales: NDArray;
  leading: NonNullable<ResidualRoot["leading"]>[];
  noise: UpdateNoise;
}

/** Puts batches together: the last one may be longer than what is left, and then repeats the last sample. */
function batches(
  images: HostArray,
  { scales, leading }: Residual,
  { y, parameters }: Measurement,
  { samples, seed, batchSize }: SampleOptions & { batchSize: number },
): (start: number, filled: number) => Hosted<Inputs> {
  // Sources of their own, so that the samples do not depend on the batch size.
  const sources = { residual: randomSource(seed, "residual"), observation: randomSource(seed, "observation noise") };
  return (start, filled) => {
    const sampleOf = (i: number): number => Math.min(images.shape[0] - 1, start + i);
    const ofObservation = (array: HostArray): HostArray =>
      takeRows(array, batchSize, (i) => Math.floor(sampleOf(i) / samples));
    const noise = (of: keyof typeof sources, shape: readonly number[]): HostArray => {
      const values = new Float32Array(batchSize * sizeOf(shape));
      values.set(sources[of].normalArray([filled, ...shape]).data);
      return hostArray(values, [batchSize, ...shape]);
    };
    return {
      x: takeRows(images, batchSize, sampleOf),
      y: ofObservation(y),
      parameters: Object.fromEntries(Object.entries(parameters).map(([name, array]) => [name, ofObservation(array)])),
      scales,
      leading: leading === undefined ? [] : [leading],
      noise: {
        residual: noise("residual", [sizeOf(images.shape.slice(1))]),
        observation: noise("observation", y.shape.slice(1)),
      },
    };
  };
}

function takeRows(array: HostArray, count: number, rowOf: (i: number) => number): HostArray {
  const rest = array.shape.slice(1);
  const size = sizeOf(rest);
  const rows = array.data.slice(0, 0).constructor as Float32ArrayConstructor;
  const data = new rows(count * size);
  for (let i = 0; i < count; i++) {
    const row = rowOf(i);
    data.set(array.data.subarray(row * size, (row + 1) * size), i * size);
  }
  return hostArray(data, [count, ...rest]);
}

type Update = (inputs: Hosted<Inputs>) => Promise<HostArray>;

const compiledUpdates = new WeakMap<Measurement["forward"], Map<string, Promise<Update>>>();

/** Compiles the update of a batch once, as long as the observation model lives. */
function updaterFor(
  { forward, sigma }: Measurement,
  saturation: number,
  example: Hosted<Inputs>,
  options: SampleOptions,
): Promise<Update> {
  const known = compiledUpdates.get(forward) ?? new Map<string, Promise<Update>>();
  compiledUpdates.set(forward, known);
  const engine = engineOf(options);
  const { x, y, scales, leading } = example;
  const key = JSON.stringify([
    x.shape,
    y.shape,
    scales.shape,
    leading.map((own) => own.scales.shape),
    saturation,
    sigma,
    engine,
  ]);
  const update = ({ x, y, parameters, scales, leading: [leading], noise }: Inputs): NDArray =>
    updateOnObservation(
      x,
      { y, forward: (image) => forward(image, parameters), sigma },
      { scales, saturation, ...(leading && { leading }) },
      noise,
    );
  const compiled = known.get(key) ?? compile(update, [example], engine).then(({ run }) => run);
  known.set(key, compiled);
  return compiled;
}
