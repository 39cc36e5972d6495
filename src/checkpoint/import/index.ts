// Published checkpoints in this form: names and shapes checked, configurations read from the shapes.
// PyTorch files are read by a machine that runs none of what their pickles ask for.
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
