// Images larger than a model: overlapping tiles, with one noise and one observation for all of them, and blended
// samples.
export { imageTiling, restoreImage, type RestoredImage, type RestoreImageOptions } from "./restore-image.js";
