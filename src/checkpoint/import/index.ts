// Published checkpoints in this form: names and shapes checked, configurations read from the shapes.
// PyTorch files are read by a machine that runs none of what their pickles ask for.
export { type ImportedAutoencoder, importAutoencoder, isAutoencoder, loadAutoencoder } from "./import-autoencoder.js";
export { type ImportedModel, importModel, type ImportSettings } from "./import-model.js";
export { type CheckpointSource, openCheckpointFile } from "./source.js";
