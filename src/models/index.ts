// The networks by name, with their configurations: flow maps, adapters, conditional flow maps, the autoencoder. A model
// is bound to its settings as { shape, initialise, apply }; `registry.ts` has the table of the names in configurations.
export { type AutoencoderTree, autoencoderModel, type BoundAutoencoder } from "./autoencoder.js";
export { positionTable } from "./position-table.js";
export { predictData } from "./predict-data.js";
export { type ModelSpec, modelSpecEntries, moduleEntries, specOf } from "./model-spec.js";
export {
  adapterBasis,
  type AdapterNetwork,
  type ConditionalNetwork,
  type FlowMapNetwork,
  type NetworkConfig,
  type NetworkParameters,
  type BoundNetworks,
  parametersOf,
  sampleShapeOf,
} from "./network.js";
export * from "./networks.js";
export * from "./registry.js";
export { type ModelParts, variationalFlowMap } from "./variational-flow-map.js";
