import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { ProgressBar, Select } from "../ui/index.js";
import { SampleGrid } from "./answers.js";
import { startGuided } from "./guided-run.js";
import { guidedRun, stopGuided } from "./guided-state.js";
import { about, facts, sampling, shown } from "./session.js";
import { spent } from "./spent.js";

const methods = [
  { value: "dps", title: "DPS (Chung et al. 2023)" },
  { value: "ot-ode", title: "OT-ODE (Pokle et al. 2023)" },
  { value: "flow-dps", title: "FlowDPS (Kim et al. 2025)" },
  { value: "pnp-flow", title: "PnP-Flow (Martin et al. 2025)" },
];

/** A guided sampler on the same observation, shown after each of its steps. */
export function Guided() {
  const method = useSignal(methods[0].value);
  const run = guidedRun.value;
  // Other pages use the worker too.
  useEffect(() => stopGuided, []);
  const canStart = shown.value !== undefined && !sampling.value;
  const { progress, result } = run ?? {};
  const [done, steps] = [progress?.step ?? 0, progress?.steps ?? 1];
  const working = run !== undefined && result === undefined;
  const milliseconds = result?.milliseconds ?? progress?.milliseconds ?? 0;
  const name = run?.method ?? method.value;
  const title = methods.find(({ value }) => value === name)?.title.replace(/ \(.*/, "");
  const isTuned = about.value?.guided[facts.value?.name ?? ""]?.[name] !== undefined;
  const state =
    run === undefined
      ? "not run yet"
      : progress === undefined
        ? "compiling"
        : spent(result?.evaluations ?? done, milliseconds);
  return (
    <section class="guided" aria-labelledby="guided-title">
      <h2 id="guided-title" class="visually-hidden">
        A guided sampler on the same observation
      </h2>
      <figure>
        <figcaption>
          {title} <span class="number">{state}</span>
        </figcaption>
        <SampleGrid summary={result ?? progress} label="Samples of the guided sampler" />
        <ProgressBar
          label={
            working && done > 0
              ? `Step ${done} of ${steps}`
              : `A guided sampler steers the same flow map, step by step${isTuned || about.value === undefined ? "" : ", with published settings: none were tuned for these images"}.`
          }
          value={run === undefined ? 0 : done / steps}
        />
      </figure>
      <div class="guided-controls">
        <Select
          label="Guided sampler"
          options={methods}
          value={method.value}
          onChange={(value) => (method.value = value)}
        />
        {working ? (
          <button type="button" onClick={stopGuided}>
            Stop
          </button>
        ) : (
          <button type="button" disabled={!canStart} onClick={() => void startGuided(method.value)}>
            Run it on this <var>y</var>
          </button>
        )}
      </div>
      <p class="visually-hidden" role="status">
        {result === undefined ? "" : `Finished: ${spent(result.evaluations, milliseconds)}`}
      </p>
    </section>
  );
}
