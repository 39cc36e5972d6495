import { type OptionRules, oneOf, positiveInteger } from "../options.js";
import { backends, type CompileOptions, devices } from "./types.js";

/** Where something is computed. */
export type EngineSettings = Pick<CompileOptions, "backend" | "threads" | "device">;

/** What the settings of an engine have to be. */
export const engineRules: OptionRules<EngineSettings> = {
  backend: oneOf(backends),
  threads: positiveInteger,
  device: oneOf(devices),
};

/** The settings of the engine among other options; what is undefined counts as not given. */
export function engineOf({ backend, threads, device }: EngineSettings): EngineSettings {
  return { ...(backend && { backend }), ...(threads !== undefined && { threads }), ...(device && { device }) };
}
