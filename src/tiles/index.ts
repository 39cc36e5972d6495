// Images larger than a model: tiles that overlap, one noise and one observation over all of them, their samples blended.
export { imageTiling, restoreImage, type RestoredImage, type RestoreImageOptions } from "./restore-image.js";
