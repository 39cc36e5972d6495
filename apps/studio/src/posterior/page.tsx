import { useEffect } from "preact/hooks";
import { type PageProps } from "../app/page-props.js";
import { keepInAddress } from "../app/route.js";
import { type EngineFacts } from "../engine/index.js";
import { Notice, ProgressBar } from "../ui/index.js";
import { effect } from "@preact/signals";
import { addressOf, viewOf } from "./address.js";
import { Deviation, Mean, SampleGrid } from "./answers.js";
import { ProblemChoice, ProblemControls, SamplingControls } from "./controls.js";
import { Downloads } from "./downloads.js";
import { Truth } from "./drawing.js";
import { Guided } from "./guided.js";
import { ImagePicker } from "./image-picker.js";
import { ObservationPicture } from "./observation.js";
import { ClassReadings, PixelHistogram } from "./readings.js";
import { hintOf } from "./problems.js";
import {
  drawable,
  engineFailure,
  facts,
  failure,
  followView,
  loadFailure,
  loading,
  opened,
  sampling,
  settled,
  shown,
  tryAgain,
} from "./session.js";
import { spent } from "./spent.js";
import { view } from "./view.js";
import "./page.css";

/** Sampling a posterior live: an observation that can be dragged, and samples of the images that fit it. */
export function PosteriorPage({ state }: PageProps) {
  useEffect(() => {
    view.value = viewOf(state);
  }, [state]);
  useEffect(() => {
    const ends = [followView(), effect(() => keepInAddress("posterior", addressOf(view.value)))];
    return () => ends.forEach((end) => end());
  }, []);
  return (
    <div class="posterior">
      <header class="intro">
        <h1>What may it have been?</h1>
        <p>
          Part of an image is hidden, or the image is blurred or very noisy. Many images fit what is left; a variational
          flow map draws such images, each with a single evaluation of its network, and corrects them by a formula so
          that they agree with <var>y</var>. Drag the picture <var>y</var> and watch them change.
        </p>
        <Status />
      </header>
      <div class="side">
        <ImagePicker />
        <ProblemChoice />
        <ProblemControls />
        <SamplingControls />
      </div>
      <div class="stage">
        <Pictures />
        <Samples />
        <Guided />
      </div>
      <div class="readings">
        <ClassReadings />
        <PixelHistogram />
        <Downloads />
      </div>
    </div>
  );
}

/** The image, its observation, and the samples' mean and standard deviation. */
function Pictures() {
  const hint = hintOf(facts.value?.name ?? view.value.problem, drawable.value);
  return (
    <section class="pictures" aria-label="The observation and what follows from it">
      <Truth />
      <ObservationPicture />
      <Mean />
      <Deviation />
      <p class="small hint">{hint}</p>
    </section>
  );
}

function Samples() {
  const result = shown.value?.result;
  return (
    <figure class="sixteen" aria-busy={sampling.value || loading.value !== undefined}>
      <figcaption>
        Variational flow map <span class="number">{result && spent(result.evaluations, result.milliseconds)}</span>
      </figcaption>
      <SampleGrid summary={result} label="Posterior samples" />
      <p class="small">
        Sixteen images that fit <var>y</var>.
      </p>
    </figure>
  );
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

const placeOf = ({ name, threads }: EngineFacts): string =>
  name === "webgpu" ? "WebGPU" : `${threads === 1 ? "one thread" : `${threads} threads`} of WebAssembly`;

/** What the page is doing, in a line of constant height; a screen reader is told only of its end. */
function Status() {
  const isReady = settled.value && !sampling.value && shown.value !== undefined;
  return (
    <>
      <StatusLine />
      <p class="visually-hidden" role="status">
        {isReady ? "The samples are drawn." : ""}
      </p>
    </>
  );
}

function StatusLine() {
  const progress = loading.value;
  const { result } = shown.value ?? {};
  const { engine } = opened.value ?? {};
  return (
    <div class="status-line">
      {loadFailure.value !== undefined ? (
        <Notice>
          {loadFailure.value}{" "}
          <button type="button" class="link" onClick={tryAgain}>
            Try again
          </button>
        </Notice>
      ) : failure.value !== undefined ? (
        <Notice>{failure.value}</Notice>
      ) : progress !== undefined ? (
        <ProgressBar
          label={`Loading the model: ${megabytes(progress.loaded)} of ${megabytes(progress.total)} MB`}
          value={progress.loaded / progress.total}
        />
      ) : result === undefined ? (
        <p class="small">Compiling the sampler …</p>
      ) : (
        <p class="small number">
          Sixteen samples{result.milliseconds !== undefined && ` in ${result.milliseconds.toFixed(0)} ms`}
          {engine && `, on ${placeOf(engine)}`}. {engineFailure.value ?? engine?.note}
        </p>
      )}
    </div>
  );
}
