import { effect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { type PageProps } from "../app/page-props.js";
import { keepInAddress } from "../app/route.js";
import { Notice, ProgressBar } from "../ui/index.js";
import { addressOf, settingsOf } from "./address.js";
import { NetworkControls, ObjectiveControls, RunControls } from "./controls.js";
import { LossCharts } from "./loss-charts.js";
import { ExactPosterior, ModelPlanes } from "./planes.js";
import { done, failure, followObservation, leave, losses, part, seconds, settings, state, y } from "./session.js";
import { type Part } from "./worker/services.js";
import "../checkerboard/checkerboard.css";
import "./page.css";

/** Training live: a flow map and its adapter learn a checkerboard in the page. */
export function TrainPage({ state: address }: PageProps) {
  useEffect(() => {
    const given = settingsOf(address);
    if (state.value === "idle") settings.value = given.settings;
    y.value = given.y;
  }, [address]);
  useEffect(() => {
    const ends = [followObservation(), effect(() => keepInAddress("train", addressOf(settings.value, y.value))), leave];
    return () => ends.forEach((end) => end());
  }, []);
  return (
    <div class="train">
      <header class="intro">
        <h1>Train one yourself</h1>
        <p>
          A point <var>x</var> lies on one of eight squares. Only its first coordinate is observed, with noise:{" "}
          <var>y</var>. A flow map learns to send noise to the board; each place of the noise is shown in the colour of
          the square that it is sent to. An adapter learns which noise to start from, given <var>y</var>. When both are
          trained together, the flow map arranges the squares so that the noise that fits <var>y</var> forms one
          ellipse. Drag <var>y</var> to see it.
        </p>
        <Status />
      </header>
      <div class="side">
        <RunControls />
        <ObjectiveControls />
        <NetworkControls />
      </div>
      <div class="stage">
        <div class="models">
          <ModelPlanes side="joint" />
          <ModelPlanes side="frozen" />
          <ExactPosterior />
        </div>
        <LossCharts />
      </div>
    </div>
  );
}

const parts: Readonly<Record<Part, { compiling: string; training: string }>> = {
  "flow-matching": { compiling: "Compiling the first step", training: "The flow map learns a velocity" },
  "mean-flow": { compiling: "Compiling the steps of jumps", training: "The flow map learns to jump" },
  adapters: { compiling: "Compiling the steps of both columns", training: "Both columns learn side by side" },
};

/** The progress of the run, in a line of constant height; a screen reader is told only of its end. */
function Status() {
  return (
    <>
      <StatusLine />
      <p class="visually-hidden" role="status">
        {state.value === "finished" ? "Training is finished." : ""}
      </p>
    </>
  );
}

function StatusLine() {
  const now = part.value;
  const count = losses.value.flow.alone.length + losses.value.adapter.joint.length;
  const took = `${count} steps in ${seconds.value.toFixed(0)} s`;
  const text = now === undefined ? "Starting" : now.compiling ? parts[now.name].compiling : parts[now.name].training;
  return (
    <div class="status-line">
      {failure.value !== undefined ? (
        <Notice>{failure.value}</Notice>
      ) : state.value === "idle" ? (
        <p class="small">Nothing is trained yet.</p>
      ) : state.value === "finished" ? (
        <p class="small number">Trained: {took}, compilation included.</p>
      ) : (
        <ProgressBar label={`${state.value === "paused" ? "Paused" : text}: ${took}`} value={done.value} />
      )}
    </div>
  );
}
