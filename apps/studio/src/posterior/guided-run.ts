import { signal } from "@preact/signals";
import { failAtWork, shown, worker } from "./session.js";
import { type GuideProgress, type GuideResult, type SampleRequest } from "./worker/services.js";

/** A guided sampler's run on the observation that is shown. */
export interface GuidedRun {
  readonly method: string;
  /** What it samples; the run ends when the page requests something else. */
  readonly request: SampleRequest;
  readonly progress?: GuideProgress | undefined;
  readonly result?: GuideResult | undefined;
}

/** The run that is shown, if there is one. */
export const guidedRun = signal<GuidedRun | undefined>(undefined);

let controller: AbortController | undefined;

/** Ends the current run. */
export function stopGuided(): void {
  controller?.abort();
  controller = undefined;
  guidedRun.value = undefined;
}

/** Starts a guided sampler on the observation that is shown. */
export async function startGuided(method: string): Promise<void> {
  stopGuided();
  if (shown.value === undefined) return;
  const { request } = shown.value;
  const own = new AbortController();
  const at = worker();
  controller = own;
  guidedRun.value = { method, request };
  try {
    const result = await at.call(
      "guide",
      { ...request, method },
      {
        signal: own.signal,
        onProgress: (progress) => {
          if (controller === own) guidedRun.value = { method, request, progress };
        },
      },
    );
    if (controller === own) guidedRun.value = { method, request, progress: guidedRun.value?.progress, result };
  } catch (error) {
    if (controller !== own) return;
    stopGuided();
    failAtWork(error, at);
  }
}
