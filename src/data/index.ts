// Data sets in memory: images and their shapes, sources of batches, the checkerboard.
// The functions that read files are in src/node/data.
export { boardHalfWidth, drawCheckerboard, drawCheckerboardPosterior, isOnCheckerboard } from "./checkerboard.js";
export {
  batchShape,
  type Dataset,
  type FolderContent,
  gatherImages,
  imageShapeOf,
  imageSize,
  type ImageShape,
  requireFinite,
} from "./dataset.js";
export { imageGrid, type ImageGridOptions } from "./image-grid.js";
export { type ImageSource, sourceOfDataset, withMirrorImages } from "./image-source.js";
