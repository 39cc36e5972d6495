// Folders of images: what is done of them, in parts, and resumed.
export { imageSeed } from "./image-seed.js";
export { portablePath } from "./output-names.js";
export { type FolderProgress, type ImageResult, restoreFolder } from "./restore-folder.js";
export { parseShard, type Shard, wholeShard } from "./shard.js";
