import { Matrix } from "ml-matrix";
import { z } from "zod";
import {
  cosineTransform,
  hostArray,
  type HostArray,
  type NDArray,
  reshape,
  sizeOf,
  takeRows,
  transpose,
} from "../array/index.js";
import { compile } from "../compile/index.js";
import { InputError } from "../errors.js";
import { type Problem } from "../operators/index.js";
import { checkFile, exists, joinPath, readJson, writeIntoBoundFolder } from "../storage/index.js";
import { type ObservationUpdate } from "../vfm/index.js";

const updatesFile = "updates.json";

/** Validates the settings of an update. */
export const updateSettingsSchema = z.strictObject({
  /** Factor by which the adapter's sigma is multiplied. */
  temperature: z.number().positive(),
  /** Root mean square of the residual over the pixels, before the factors of `saturation` and `texture`; 0: no update. */
  residual: z.number().min(0),
  /** The residual's variance is proportional to this power of the data's variance. */
  power: z.number().min(0),
  /** Instead, the residual's variance is the data's own, up to a limit: see `limitedVariances`. Default: false. */
  limited: z.boolean().optional(),
  /** The residual's standard deviation at a pixel is proportional to (1 - f(z)^2) to this power. */
  saturation: z.number().min(0),
  /** The residual's standard deviation at a pixel is proportional to the contrast around it to this power. Default: 0. */
  texture: z.number().min(0).optional(),
  /** The residual's axes: those of the adapter's Gaussian (the pixels, if it has none), or of the cosine transform. */
  axes: z.enum(["adapter", "cosine"]).optional(),
  /** Iterations of conjugate gradients. Default: 16. */
  iterations: z.int().positive().optional(),
});

const updatesSchema = z.strictObject({
  format: z.literal(1),
  /** Variance of the data along each of the adapter's axes. */
  variances: z.array(z.number().min(0)),
  /** Variance of the data along each axis of the cosine transform, in the order of [C, H, W]. */
  cosineVariances: z.array(z.number().min(0)).optional(),
  /** The settings of each problem, by name. */
  problems: z.record(z.string(), updateSettingsSchema),
});

/** How the samples of one problem are updated. */
export type UpdateSettings = z.output<typeof updateSettingsSchema>;

/** The file of a checkpoint with the settings by which samples are conditioned on their observation a second time. */
export type UpdatesFile = z.output<typeof updatesSchema>;

/** Writes the settings of updates into a checkpoint folder. */
export async function writeUpdates(folder: string, updates: UpdatesFile): Promise<void> {
  await writeIntoBoundFolder(folder, updatesFile, `${JSON.stringify(updates)}\n`);
}

/**
 * Reads the updates of a checkpoint's samples, by problem name; undefined if it has none.
 *
 * @throws InputError if the file is damaged, or is for images of another shape
 */
export async function readUpdates(
  folder: string,
  problems: readonly Problem[],
  shape: readonly number[],
  axes: HostArray | undefined,
): Promise<ReadonlyMap<string, ObservationUpdate> | undefined> {
  const path = joinPath(folder, updatesFile);
  await checkFile(folder, updatesFile);
  if (!(await exists(path))) return undefined;
  const { variances, cosineVariances, problems: settings } = await readJson(path, updatesSchema);
  for (const { length } of [variances, cosineVariances ?? variances])
    if (length !== sizeOf(shape))
      throw new InputError(
        `${path}: ${length} variances for images [${shape.join(", ")}]: make it again with vfm fit-updates`,
      );
  const lacking = Object.entries(settings).find(([, of]) => of.axes === "cosine" && cosineVariances === undefined);
  if (lacking !== undefined)
    throw new InputError(`${path}: ${lacking[0]} needs cosineVariances: make it again with vfm fit-updates`);
  const known = { variances, ...(cosineVariances && { cosineVariances }) };
  return new Map(
    problems.flatMap(({ name }) =>
      Object.hasOwn(settings, name) ? [[name, observationUpdate(settings[name], known, axes)]] : [],
    ),
  );
}

/** The data's variances, which give an update's residual its shape. */
export type AxisVariances = Pick<UpdatesFile, "variances" | "cosineVariances">;

// More axes of a digit cost time and change nothing, because the data hardly vary along them.
const mostAxes = 128;

/**
 * The update for given settings. The residual's variance along an axis is that of the data to the given power, or the
 * data's own up to a limit, scaled to the given root mean square. At a pixel it depends on the sample's grey value and
 * on the contrast around it (see `pixelScale`). All axes beyond the 128 with the largest variance have the mean variance
 * of the rest.
 *
 * @param variances the variance of the data along each of the D axes
 * @param axes the adapter's axes: orthonormal rows [D, D]. Default: the pixels. Not used with power 0
 */
export function observationUpdate(
  { temperature, residual, power, limited = false, saturation, texture = 0, iterations, axes: kind }: UpdateSettings,
  { variances, cosineVariances }: AxisVariances,
  axes: HostArray | undefined,
): ObservationUpdate {
  if (residual === 0) return { temperature };
  const cosine = kind === "cosine" && cosineVariances !== undefined;
  const own = cosine ? cosineVariances : variances;
  const shaped = limited ? limitedVariances(own, residual ** 2) : own.map((variance) => variance ** power);
  const average = mean(shaped);
  const deviation = (value: number): number => residual * Math.sqrt(value / average);
  const vector = (values: readonly number[]): HostArray => hostArray(values.map(deviation), [values.length]);
  const common = { saturation, ...(texture > 0 && { texture }), ...(iterations !== undefined && { iterations }) };
  // With equal variances the axes make no difference, but would take two matrix products.
  if (power === 0 || axes === undefined || cosine)
    return { temperature, residual: { scales: vector(shaped), ...(cosine && power > 0 && { cosine }), ...common } };
  const order = shaped.map((_, axis) => axis).sort((a, b) => shaped[b] - shaped[a]);
  const [first, rest] = [order.slice(0, mostAxes), order.slice(mostAxes)];
  return {
    temperature,
    residual: {
      scales: vector([rest.length === 0 ? 0 : mean(rest.map((axis) => shaped[axis]))]),
      leading: { axes: takeRows(axes, first), scales: vector(first.map((axis) => shaped[axis])) },
      ...common,
    },
  };
}

/**
 * Variances v k / (v + k) with a given mean: v where v is small, because a network draws almost nothing of it, and at
 * most k where v is large, because the network explains most of it. The data's own if their mean is no larger.
 *
 * @param variances v
 */
function limitedVariances(variances: readonly number[], wanted: number): number[] {
  if (mean(variances) <= wanted) return [...variances];
  const limitedTo = (k: number): number[] => variances.map((variance) => (variance * k) / (variance + k));
  // The mean increases with k, and is at most k.
  let [low, high] = [wanted, 2 * wanted];
  while (mean(limitedTo(high)) < wanted) [low, high] = [high, 2 * high];
  for (let halving = 0; halving < 50; halving++) {
    const middle = (low + high) / 2;
    if (mean(limitedTo(middle)) < wanted) low = middle;
    else high = middle;
  }
  return limitedTo(high);
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The variance of images along each axis.
 *
 * @param images [N, ...shape], with D pixels each
 * @param axes orthonormal rows [D, D]. Default: the pixels
 * @returns D variances
 */
export function axisVariances({ shape: [count, ...rest], data }: HostArray, axes: HostArray | undefined): number[] {
  const size = sizeOf(rest);
  const rows = Matrix.from1DArray(count, size, Array.from(data));
  const along =
    axes === undefined ? rows : rows.mmul(Matrix.from1DArray(size, size, Array.from(axes.data)).transpose());
  return along.variance("column", { unbiased: false });
}

/**
 * The variance of images along each axis of the cosine transform (see `cosineTransform`).
 *
 * @param images [N, C, H, W]
 * @returns C * H * W variances, in the order of [C, H, W]
 */
export async function cosineVariances(images: HostArray): Promise<number[]> {
  const [count, channels, height, width] = images.shape;
  const inOrder = (spectrum: NDArray): NDArray =>
    transpose(reshape(spectrum, [count, width, channels, height]), [0, 2, 3, 1]);
  const compiled = await compile((x: NDArray) => inOrder(cosineTransform(x)), [images]);
  const along = await compiled.run(images);
  await compiled.dispose();
  return axisVariances(along, undefined);
}
