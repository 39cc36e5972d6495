import { randomSource } from "../../array/index.js";
import { loadExport } from "../../checkpoint/index.js";
import { batchShape, drawCheckerboard, type ImageSource } from "../../data/index.js";
import { openTrainingImages } from "../../node/data/index.js";
import { type DataSource, fromArrays } from "../data-source.js";
import { type TrainConfig } from "./config.js";

/**
 * Loads a run's training data: the training split of the images, or the checkerboard's points, which are drawn from the
 * run's seed.
 *
 * @throws InputError if the data cannot be read, or a module's export is not a data source
 */
export async function loadTrainingData(data: TrainConfig["data"], seed: number): Promise<DataSource> {
  switch (data.kind) {
    case "checkerboard":
      return fromArrays(drawCheckerboard(data.points, randomSource(seed, "checkerboard")));
    case "module":
      return (await loadExport(data, "data source", {
        count: "number",
        sampleShape: "object",
        take: "function",
      })) as DataSource;
    default:
      return fromImages(await openTrainingImages(data));
  }
}

function fromImages({ count, shape, labels, folder, take }: ImageSource): DataSource {
  return { count, sampleShape: batchShape(count, shape).slice(1), take, labels, folder };
}
