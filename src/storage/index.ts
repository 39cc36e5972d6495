// Storage in files: arrays as safetensors, validated JSON, and files and folders that are written atomically.
// Nothing here knows a model or a run.
export { checkFile, requireReplaceable, writeBoundFolder, writeChecksums, writeIntoBoundFolder } from "./checksums.js";
export { decodeElements, elementBytes, type StoredType } from "./element-types.js";
export {
  append,
  exists,
  importModule,
  joinPath,
  list,
  lock,
  openFile,
  readInput,
  readText,
  remove,
  sha256,
  writeFileAtomically,
  writeFolderAtomically,
  writePartsAtomically,
} from "./files.js";
export { requireNoForeignFile } from "./foreign-file.js";
export { parseJson, readJson, sameJson } from "./json.js";
export { type RandomAccessFile } from "../platform/index.js";
export {
  decodeMetadata,
  decodeSafetensors,
  encodeSafetensors,
  readTree,
  type SafetensorsMetadata,
  type SafetensorsOptions,
  type StoragePrecision,
  writeTree,
} from "./safetensors.js";
export { openSafetensors, type StoredTensor, type TensorFile } from "./tensor-file.js";
