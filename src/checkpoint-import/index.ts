export { type ImportedAutoencoder, importAutoencoder, isAutoencoder, loadAutoencoder } from "./import-autoencoder.js";
export { type ImportedModel, importModel, type ImportSettings } from "./import-model.js";
export { type CheckpointSource, openCheckpointFile } from "./source.js";
