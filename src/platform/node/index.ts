// Node's files and ONNX Runtime. Modules that also run in a browser import them as #files and #runtime.
export { modelFolder, packageFolder } from "./package-folder.js";
export { removeAbandoned, temporaryName } from "./temporary-name.js";
export { removeNow } from "./remove-now.js";
export { startWorker } from "./start-worker.js";
export { failureText, holdsNul } from "./failure.js";
export { makeFolders, removeEmptyFolders } from "./make-folders.js";
export { writeError } from "./write-error.js";
