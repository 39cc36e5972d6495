import { signal } from "@preact/signals";
import { type GuideProgress, type GuideResult } from "./worker/services.js";

/** A guided sampler's run on the observation that is shown. */
export interface GuidedRun {
  readonly method: string;
  readonly progress?: GuideProgress | undefined;
  readonly result?: GuideResult | undefined;
}

/** The run that is shown, if there is one. */
export const guidedRun = signal<GuidedRun | undefined>(undefined);

let controller: AbortController | undefined;

/** Puts a new run in the place of the current one. The signal is aborted when the run ends before its time. */
export function beginGuided(method: string): AbortSignal {
  stopGuided();
  controller = new AbortController();
  guidedRun.value = { method };
  return controller.signal;
}

/** Ends the current run. */
export function stopGuided(): void {
  controller?.abort();
  controller = undefined;
  guidedRun.value = undefined;
}
