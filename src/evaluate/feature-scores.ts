import { hostArray, takeRows } from "../array/index.js";
import { type Dataset } from "../data/index.js";
import {
  directionDistance,
  frechetDistance,
  gaussianFit,
  type GaussianFit,
  mean,
  precisionRecall,
} from "../metrics/index.js";
import { type Classifier } from "../classifier/index.js";

/** Greatest number of rows for precision and recall, whose cost grows with its square. */
const neighbourRows = 2000;

/** The reference for samples in a classifier's features: images on which it was trained. */
export interface FeatureReference {
  fit: GaussianFit;
  /** Features of some of the images, evenly spread over the data set, [rows, size]. */
  features: Float32Array;
}

/**
 * Scores of samples in the features of a classifier. (The Frechet distance is not FID, and the feature distance is not
 * LPIPS.)
 */
export interface FeatureScores {
  /** Frechet distance from the samples of all images together to the reference. */
  frechet: number;
  precision: number;
  recall: number;
  /**
   * Squared distance between the directions of a sample's and the truth's features, averaged over images and samples,
   * in [0, 4].
   */
  featureDistance: number;
}

/** Fits a reference to a data set. */
export async function featureReference(classifier: Classifier, dataset: Dataset): Promise<FeatureReference> {
  const { featureSize } = classifier;
  const { features } = await classifier.classify(dataset.images);
  return { fit: gaussianFit(features, featureSize), features: spread(features, featureSize) };
}

/**
 * Compares the features of a problem's samples with a reference and with those of the true images.
 *
 * @param drawn [images x samples, featureSize], with the samples of an image in succession
 * @param wanted [images, featureSize], the features of the true images
 * @throws ShapeError if there are fewer than four samples in total
 */
export function featureScores(
  drawn: Float32Array,
  wanted: Float32Array,
  featureSize: number,
  reference: FeatureReference,
): FeatureScores {
  const count = drawn.length / featureSize;
  const perImage = drawn.length / wanted.length;
  const row = (table: Float32Array, i: number): Float32Array => table.subarray(i * featureSize, (i + 1) * featureSize);
  const distances = Float64Array.from({ length: count }, (_, i) =>
    directionDistance(row(drawn, i), row(wanted, Math.floor(i / perImage))),
  );
  return {
    frechet: frechetDistance(reference.fit, gaussianFit(drawn, featureSize)),
    ...precisionRecall(spread(drawn, featureSize), reference.features, featureSize),
    featureDistance: mean(distances),
  };
}

/** At most `neighbourRows` rows of a table, evenly spread over it. */
function spread(table: Float32Array, size: number): Float32Array {
  const count = table.length / size;
  const length = Math.min(count, neighbourRows);
  const rows = Array.from({ length }, (_, i) => Math.floor((i * count) / length));
  return takeRows(hostArray(table, [count, size]), rows).data as Float32Array;
}
