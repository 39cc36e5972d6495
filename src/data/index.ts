export { boardHalfWidth, drawCheckerboard, drawCheckerboardPosterior, isOnCheckerboard } from "./checkerboard.js";
export {
  batchShape,
  type Dataset,
  gatherImages,
  imageShapeOf,
  imageSize,
  type ImageShape,
  requireFinite,
} from "./dataset.js";
export { encodePng, readImage, type ReadImageOptions, writePng } from "./image-file.js";
export { dataFolder } from "./data-folder.js";
export { type FetchedImages, fetchedFolder } from "./fetched-images.js";
export { fetchImages, isFetched } from "./fetch/fetch-images.js";
export { loadImageFolder } from "./image-folder.js";
export { type ImageSet, imageSetNamed, type ImageSetName, imageSetNames, imageSets } from "./image-sets.js";
export { type ImageSource, withMirrorImages } from "./image-source.js";
export { type ImageStream, openImageStream } from "./image-stream.js";
export { imageGrid, type ImageGridOptions } from "./image-grid.js";
export { type ImageDataConfig, imageDataSchemas, loadImages, openTrainingImages } from "./load-images.js";
export { loadMnist } from "./mnist.js";
export { type Split, splitOf } from "./split.js";
