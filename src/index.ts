/**
 * Variational Flow Maps: calibrated posterior samples of inverse problems in one network evaluation.
 *
 * The folders' own pages say what each name does.
 */
export * from "./array/index.js";
export * as baselines from "./baselines/index.js";
export * as benchmark from "./benchmark/index.js";
export * from "./checkpoint/index.js";
export * from "./compile/index.js";
export * from "./data/index.js";
export * from "./errors.js";
export * from "./evaluate/index.js";
export * from "./flow/index.js";
export { type MeanVelocity } from "./flow/index.js";
export * as metrics from "./metrics/index.js";
export * from "./models/index.js";
export * from "./node/data/index.js";
export * as nn from "./nn/index.js";
export * from "./operators/index.js";
export * from "./report/index.js";
export {
  decodeElements,
  decodeSafetensors,
  elementBytes,
  encodeSafetensors,
  openFile,
  openSafetensors,
  parseJson,
  parseWith,
  type RandomAccessFile,
  readJson,
  readTree,
  type StoredTensor,
  type StoredType,
  type TensorFile,
  writeFolderAtomically,
  writeTree,
} from "./storage/index.js";
export * from "./train/configuration/index.js";
export * from "./train/index.js";
export * from "./vfm/index.js";
