export { type DiagonalGaussian } from "./adapter.js";
export { type AutoencoderTree, autoencoderModel, type BoundAutoencoder, decoderPart } from "./autoencoder.js";
export { positionTable } from "./position-table.js";
export { predictData } from "./flow-map.js";
export * from "./registry.js";
