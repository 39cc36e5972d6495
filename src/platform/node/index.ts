// Node's files and ONNX Runtime. The rooms that run in a browser too reach them through #files and #runtime.
export { modelFolder, packageFolder } from "./package-folder.js";
export { removeAbandoned, removeEmptyFolders, temporaryName } from "./files.js";
export { startWorker } from "./start-worker.js";
export { failureText, holdsNul } from "./failure.js";
export { makeFolders } from "./make-folders.js";
export { writeError } from "./write-error.js";
