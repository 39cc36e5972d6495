export { boardHalfWidth, drawCheckerboard, isOnCheckerboard } from "./checkerboard.js";
export { batchShape, type Dataset, gatherImages, imageShapeOf, imageSize, type ImageShape } from "./dataset.js";
export { loadMnist, type MnistSplit } from "./mnist.js";
