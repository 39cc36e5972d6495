import { type OptionRules, oneOf, positiveInteger } from "../options.js";
import { backends, type CompileOptions, devices } from "./types.js";

/** The engine that computes, and its settings. */
export type EngineSettings = Pick<CompileOptions, "backend" | "threads" | "device">;

/** The rules for the settings of an engine. */
export const engineRules: OptionRules<EngineSettings> = {
  backend: oneOf(backends),
  threads: positiveInteger,
  device: oneOf(devices),
};

/** The engine's settings among other options. */
export function engineOf({ backend, threads, device }: EngineSettings): EngineSettings {
  return { ...(backend && { backend }), ...(threads !== undefined && { threads }), ...(device && { device }) };
}
