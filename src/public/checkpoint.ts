export {
  type AutoencoderCheckpoint,
  type Checkpoint,
  type CheckpointAbout,
  type CheckpointMetadata,
  encodeObservation,
  loadCheckpoint,
  loadConditional,
  type LoadedConditional,
  type LoadedModel,
  loadModel,
  type OwnParts,
  readAutoencoder,
  readCheckpoint,
  writeAutoencoder,
  writeCheckpoint,
} from "../checkpoint/index.js";
export { type StoragePrecision } from "../storage/index.js";
