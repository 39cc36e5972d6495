// Images of any size and folders of them: tiles with shared noise, blended; what is done, in parts, and resumed.
export { imageSeed } from "./image-seed.js";
export { portablePath } from "./output-names.js";
export { type FolderProgress, type ImageResult, restoreFolder } from "./restore-folder.js";
export { imageTiling, restoreImage, type RestoredImage, type RestoreImageOptions } from "./restore-image.js";
export { parseShard, type Shard, wholeShard } from "./shard.js";
