import { Segmented, Slider } from "../ui/index.js";
import { change, pause, reset, resume, settings, start, state } from "./session.js";
import { learningRates, taus, widths } from "./settings.js";

const main = {
  idle: { title: "Train", act: start },
  running: { title: "Pause", act: pause },
  paused: { title: "Resume", act: resume },
  finished: { title: "Train again", act: () => void reset().then(start) },
} as const;

/** Starts, pauses and resets the run. */
export function RunControls() {
  const { title, act } = main[state.value];
  return (
    <div class="buttons run-buttons">
      <button type="button" class="primary" onClick={act}>
        {title}
      </button>
      <button type="button" disabled={state.value === "idle"} onClick={() => void reset()}>
        Reset
      </button>
    </div>
  );
}

/** The settings of joint training; a change keeps the flow map that it starts from. */
export function ObjectiveControls() {
  const { alpha, tau, detach, score } = settings.value;
  return (
    <section aria-labelledby="objective-title">
      <h2 id="objective-title">Joint training</h2>
      <p class="small">A change trains both columns again from the current flow map.</p>
      <Slider
        label={
          <>
            <var>α</var>, noise from the adapter
          </>
        }
        value={alpha}
        min={0}
        max={1}
        step={0.05}
        format={(value) => `${Math.round(100 * value)} %`}
        onInput={(value) => change({ alpha: value })}
      />
      <Slider
        label={
          <>
            <var>τ</var>, standard deviation of the reconstruction
          </>
        }
        value={taus.findIndex((value) => value === tau)}
        min={0}
        max={taus.length - 1}
        step={1}
        format={(place) => String(taus[place])}
        onInput={(place) => change({ tau: taus[place] })}
      />
      <Slider
        label="Weight of the score"
        value={score}
        min={0}
        max={40}
        step={5}
        onInput={(value) => change({ score: value })}
      />
      <p class="small">
        The score compares two samples with the true <var>x</var>; it keeps samples as spread as the posterior.
      </p>
      <Segmented
        label="Adapter's gradient through the flow's loss"
        options={[
          { value: "cut", title: "cut" },
          { value: "kept", title: "kept" },
        ]}
        value={detach ? "cut" : "kept"}
        onChange={(value) => change({ detach: value === "cut" })}
      />
      <p class="small">Where it is kept, the adapter can also make the flow's loss small by narrowing its noise.</p>
    </section>
  );
}

/** The settings of the networks; a change trains everything again. */
export function NetworkControls() {
  const { width, learningRate } = settings.value;
  return (
    <section aria-labelledby="network-title">
      <h2 id="network-title">Networks</h2>
      <p class="small">A change trains everything again, the flow map too.</p>
      <Segmented
        label="Width of the flow map's layers"
        options={widths.map((value) => ({ value, title: String(value) }))}
        value={width}
        onChange={(value) => change({ width: value })}
      />
      <Slider
        label="Learning rate"
        value={learningRates.findIndex((value) => value === learningRate)}
        min={0}
        max={learningRates.length - 1}
        step={1}
        format={(place) => String(learningRates[place])}
        onInput={(place) => change({ learningRate: learningRates[place] })}
      />
    </section>
  );
}
