import { existsSync } from "node:fs";
import { join } from "node:path";
import { Matrix } from "ml-matrix";
import { z } from "zod";
import { hostArray, type HostArray, sizeOf, takeRows } from "../array/index.js";
import { InputError } from "../errors.js";
import { type Problem } from "../operators/index.js";
import { readJson, writeFileAtomically } from "../storage/index.js";
import { type ObservationUpdate } from "../vfm/index.js";

const updatesFile = "updates.json";

const settingsSchema = z.strictObject({
  /** Factor on the adapter's sigma. */
  temperature: z.number().positive(),
  /** Root mean square of the residual over the pixels, before their saturation; 0: no update. */
  residual: z.number().min(0),
  /** The residual's variance goes with this power of the data's. */
  power: z.number().min(0),
  /** The residual's standard deviation at a pixel goes with (1 - f(z)^2) to this power. */
  saturation: z.number().min(0),
});

const updatesSchema = z.strictObject({
  format: z.literal(1),
  /** Variance of the data along each axis of the residual. */
  variances: z.array(z.number().min(0)),
  /** By the name of a problem. */
  problems: z.record(z.string(), settingsSchema),
});

/** How the samples of one problem are updated. */
export type UpdateSettings = z.output<typeof settingsSchema>;

/** The file of a checkpoint that says how samples are conditioned on their observation once more. */
export type UpdatesFile = z.output<typeof updatesSchema>;

/** Puts the settings of updates into a checkpoint folder. */
export async function writeUpdates(folder: string, updates: UpdatesFile): Promise<void> {
  await writeFileAtomically(join(folder, updatesFile), `${JSON.stringify(updates)}\n`);
}

/**
 * The updates of a checkpoint's samples by the class of the problem; undefined if it has none.
 *
 * @throws InputError if the file is damaged, or not for images of this shape
 */
export async function readUpdates(
  folder: string,
  problems: readonly Problem[],
  shape: readonly number[],
  axes: HostArray | undefined,
): Promise<ReadonlyMap<number, ObservationUpdate> | undefined> {
  const path = join(folder, updatesFile);
  if (!existsSync(path)) return undefined;
  const { variances, problems: settings } = await readJson(path, updatesSchema);
  if (variances.length !== sizeOf(shape))
    throw new InputError(
      `${path}: ${variances.length} variances for images [${shape.join(", ")}]: make it again with vfm fit-updates`,
    );
  return new Map(
    problems.flatMap(({ name, class: problemClass }) =>
      name in settings ? [[problemClass, observationUpdate(settings[name], variances, axes)]] : [],
    ),
  );
}

// More of a digit's axes cost time and change nothing: beyond them the data hardly varies.
const mostAxes = 128;

/**
 * The update that settings stand for: its residual's variance along an axis is that of the data to the given power, scaled
 * to the given root mean square; at a pixel it follows the sample's grey, see `pixelScale`. Beyond the 128 axes with the
 * largest variance, all have the mean of the rest.
 *
 * @param variances of the data along each axis, D of them
 * @param axes orthonormal rows [D, D]; the pixels if not given; not used with power 0
 */
export function observationUpdate(
  { temperature, residual, power, saturation }: UpdateSettings,
  variances: readonly number[],
  axes: HostArray | undefined,
): ObservationUpdate {
  if (residual === 0) return { temperature };
  const shaped = variances.map((variance) => variance ** power);
  const deviation = (value: number): number => residual * Math.sqrt(value / mean(shaped));
  const vector = (values: readonly number[]): HostArray => hostArray(values.map(deviation), [values.length]);
  // With equal variances the axes make no difference but cost two matrix products.
  if (power === 0 || axes === undefined) return { temperature, residual: { scales: vector(shaped), saturation } };
  const order = shaped.map((_, axis) => axis).sort((a, b) => shaped[b] - shaped[a]);
  const [first, rest] = [order.slice(0, mostAxes), order.slice(mostAxes)];
  return {
    temperature,
    residual: {
      scales: vector([rest.length === 0 ? 0 : mean(rest.map((axis) => shaped[axis]))]),
      leading: { axes: takeRows(axes, first), scales: vector(first.map((axis) => shaped[axis])) },
      saturation,
    },
  };
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * The variance of images along each axis.
 *
 * @param images [N, ...shape], D pixels each
 * @param axes orthonormal rows [D, D]; the pixels if not given
 * @returns D variances
 */
export function axisVariances({ shape: [count, ...rest], data }: HostArray, axes: HostArray | undefined): number[] {
  const size = sizeOf(rest);
  const rows = Matrix.from1DArray(count, size, Array.from(data));
  const along =
    axes === undefined ? rows : rows.mmul(Matrix.from1DArray(size, size, Array.from(axes.data)).transpose());
  return along.variance("column", { unbiased: false });
}
