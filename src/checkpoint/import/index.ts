// Import of published checkpoints: names and shapes are checked, and configurations are inferred from the shapes.
// PyTorch files are read by a pickle machine that never runs what their pickles call.
export { weightsOf } from "./find-networks.js";
export {
  type AutoencoderSize,
  hasAutoencoder,
  importAutoencoder,
  type ImportedAutoencoder,
  loadAutoencoder,
} from "./import-autoencoder.js";
export { type ImportedModel, importModel, type ImportSettings } from "./import-model.js";
export { type CheckpointSource, openCheckpointFile } from "./source.js";
