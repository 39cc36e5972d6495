import { type Guidance } from "./guidance.js";

/** What every sampler can be told besides its steps. */
export interface SamplerOptions<Network> {
  /** Shift of the times towards the noise, see `timeGrid`; 1 if not given: none. */
  shift?: number | undefined;
  guidance?: Guidance<Network> | undefined;
}
