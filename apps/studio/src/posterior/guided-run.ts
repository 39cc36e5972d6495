import { beginGuided, guidedRun, stopGuided } from "./guided-state.js";
import { failAtWork, shown, worker } from "./session.js";

/** Starts a guided sampler on the observation that is shown; the run ends when the page requests other samples. */
export async function startGuided(method: string): Promise<void> {
  if (shown.value === undefined) return;
  const { request } = shown.value;
  const at = worker();
  const signal = beginGuided(method);
  try {
    const result = await at.call(
      "guide",
      { ...request, method },
      {
        signal,
        onProgress: (progress) => {
          if (!signal.aborted) guidedRun.value = { method, progress };
        },
      },
    );
    if (!signal.aborted) guidedRun.value = { method, progress: guidedRun.value?.progress, result };
  } catch (error) {
    if (signal.aborted) return;
    stopGuided();
    failAtWork(error, at);
  }
}
