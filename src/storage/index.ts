// What is kept in files: arrays as safetensors, JSON that is checked, files and folders written whole or not at all.
// It knows no model and no run.
export { decodeElements, elementBytes, type StoredType } from "./element-types.js";
export {
  readInput,
  removeAbandoned,
  temporaryName,
  writeError,
  writeFileAtomically,
  writeFolderAtomically,
  writePartsAtomically,
} from "./files.js";
export { parseJson, parseWith, readJson } from "./json.js";
export { openFile, type RandomAccessFile } from "./random-access-file.js";
export { decodeSafetensors, encodeSafetensors, readTree, type StoragePrecision, writeTree } from "./safetensors.js";
export { openSafetensors, type StoredTensor, type TensorFile } from "./tensor-file.js";
