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
export { fashionMnistLabels, loadFashionMnist } from "./fashion-mnist.js";
export { encodePng, readImage, type ReadImageOptions, writePng } from "./image-file.js";
export { loadImageFolder } from "./image-folder.js";
export { type ImageStream, openImageStream } from "./image-stream.js";
export { imageGrid, type ImageGridOptions } from "./image-grid.js";
export { type ImageDataConfig, imageDataSchemas, loadImages, openTrainingImages } from "./load-images.js";
export { loadMnist } from "./mnist.js";
export { type Split, splitOf } from "./split.js";
