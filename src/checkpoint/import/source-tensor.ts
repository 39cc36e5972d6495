import { type StoredTensor } from "../../storage/index.js";

/** A tensor of a published file. */
export interface SourceTensor extends StoredTensor {
  /** The value in its place, if that is not a tensor; reading it fails. */
  readonly unreadable?: string;
}

/** Named tensors of one network. */
export type StateDict = ReadonlyMap<string, SourceTensor>;
