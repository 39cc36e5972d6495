import { aList, checkEntries, checkOptions, numberArray, shown } from "../options.js";
import { hostArray, type HostArray, isHostArray, takeRows } from "../array/index.js";
import { type FolderContent, requireFinite } from "../data/index.js";
import { InputError } from "../errors.js";

/** The training data of a run. Your own is an object literal of this type. */
export interface DataSource {
  /** Number of samples. */
  readonly count: number;
  /** Shape of one sample: [channels, height, width], or [dimension]. */
  readonly sampleShape: readonly number[];
  /** The class of each sample, 0, 1, ..., [count]; absent if the samples have none. */
  readonly labels?: Int32Array | undefined;
  /** The other contents of the folder from which images were read. */
  readonly folder?: FolderContent | undefined;
  /**
   * The samples with these indices, float32 [rows.length, ...sampleShape].
   *
   * @param next the indices of the next call, so that their samples can be read in the meantime
   */
  take(rows: Int32Array, next?: Int32Array): HostArray | Promise<HostArray>;
}

/**
 * Samples in memory as a data source.
 *
 * @param x [count, ...sampleShape]
 * @param options labels: the class of each sample, 0, 1, ..., [count]
 * @throws InputError if there are no samples, the number of labels is not the number of samples, a label is not a
 *   non-negative integer, or a value is not finite
 * @example
 * const data = fromArrays(images); // images: [N, 1, 28, 28]
 */
export function fromArrays(x: HostArray, options: { labels?: ArrayLike<number> } = {}): DataSource {
  checkEntries("fromArrays", "x", x, { shape: aList, data: numberArray });
  if (!isHostArray(x)) throw new InputError("fromArrays: x has plain numbers as its data: make it with hostArray");
  const samples = hostArray(x.data, x.shape);
  checkOptions("fromArrays", options, { labels: numberArray });
  const { labels } = options;
  const [count = 0, ...sampleShape] = x.shape;
  if (count === 0 || sampleShape.length === 0)
    throw new InputError(`training data are [${x.shape.join(", ")}]: give [count, ...shape of a sample]`);
  if (labels !== undefined && labels.length !== count)
    throw new InputError(`${count} samples have ${labels.length} labels: give one each`);
  const wrong = wrongLabel(labels ?? []);
  if (labels !== undefined && wrong >= 0)
    throw new InputError(`a label is ${shown(labels[wrong])}: labels are the integers 0, 1, ...`);
  requireFinite(x, "the training data");
  return {
    count,
    sampleShape,
    take: (rows) => takeRows(samples, rows),
    ...(labels && { labels: Int32Array.from(labels) }),
  };
}

/** The index of the first label that is not a non-negative integer; -1 if there is none. */
export function wrongLabel(labels: ArrayLike<number>): number {
  return Array.from(labels).findIndex((label) => !Number.isInteger(label) || label < 0);
}
