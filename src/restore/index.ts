// Restoration of folders of images, in parts, which can be resumed.
export { imageSeed } from "./image-seed.js";
export { type FolderProgress, type ImageResult, restoreFolder } from "./restore-folder.js";
export { parseShard, type Shard, shardOf, wholeShard } from "./shard.js";
