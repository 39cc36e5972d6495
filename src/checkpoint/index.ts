// Trained models in folders, written atomically: the networks' specification and their parameters.
// How the networks were trained is only a record here, which is not needed to load them.
export { type AutoencoderCheckpoint, readAutoencoder, writeAutoencoder } from "./autoencoder-checkpoint.js";
export { bindNetworks, bindProblems, type OwnParts } from "./bind.js";
export {
  type Checkpoint,
  type CheckpointAbout,
  type CheckpointMetadata,
  networkForms,
  networksIn,
  parameterCountsOf,
  readCheckpoint,
  readMetadata,
  writeCheckpoint,
} from "./checkpoint.js";
export { loadCheckpoint, loadConditional, type LoadedConditional, loadModel, type LoadedModel } from "./load-model.js";
export { loadExport } from "./modules.js";
export { decodeObservation, encodeObservation, withOwnHoles } from "./observation-file.js";
export {
  axisVariances,
  cosineVariances,
  observationUpdate,
  type UpdateSettings,
  updateSettingsSchema,
  writeUpdates,
} from "./observation-updates.js";
