import { useEffect } from "preact/hooks";
import { type PageProps } from "../app/page-props.js";
import { hashOf } from "../app/route.js";
import { Notice } from "../ui/index.js";
import { CalibrationPiece } from "./calibration-piece.js";
import { DigitsPiece } from "./digits-piece.js";
import { AdapterEquation, JointEquation, JumpEquation } from "./equations.js";
import { FlowPiece, JumpPiece } from "./flow-piece.js";
import { Lesson } from "./lesson.js";
import { PosteriorPiece } from "./posterior-piece.js";
import { failure, follow, opened, tryAgain } from "./session.js";
import "../checkerboard/checkerboard.css";
import "./page.css";

/** What a variational flow map is, from noise to calibration, with an interactive picture for each step. */
export function LearnPage(_: PageProps) {
  useEffect(follow, []);
  return (
    <div class="learn">
      <header class="intro">
        <h1>How it works</h1>
        <p>
          You have a noisy measurement of a part of something and want to know what the whole looks like. Usually many
          answers fit the measurement. You therefore want samples: every answer as often as its probability says, and
          drawn quickly. This page shows how a variational flow map draws them with one evaluation of a network each, on
          a problem small enough to see.
        </p>
        <Status />
      </header>
      <Lesson
        id="flow"
        title="1. From noise to data"
        text={
          <>
            <p>
              Our data are points <var>x</var> on the eight filled squares of a board. A generative model starts from
              noise <var>z</var>, a point drawn from a standard Gaussian, and turns it into a point that looks like
              data. One way is to train a network that gives a velocity for every place and time, such that points of
              noise that follow this velocity end up distributed like the data. This is <em>flow matching</em>.
            </p>
            <p>
              Each point has the colour of the square where it arrives. The second picture shows the same for the whole
              plane of noise: which place ends on which square.
            </p>
          </>
        }
      >
        <FlowPiece />
      </Lesson>
      <Lesson
        id="jump"
        title="2. A flow map jumps"
        text={
          <>
            <p>
              Following a velocity takes many evaluations. A <em>flow map</em> learns where the path ends: a network{" "}
              <var>u</var> gives the mean velocity between two times, so one evaluation covers the whole path.
            </p>
            <JumpEquation />
            <p>The jump places some points less accurately. That is the price of one evaluation instead of forty.</p>
          </>
        }
      >
        <JumpPiece />
      </Lesson>
      <Lesson
        id="adapter"
        title="3. An adapter chooses the noise"
        text={
          <>
            <p>
              Now suppose that we observe the first coordinate of a point, with a little noise. Call this observation{" "}
              <var>y</var>. Since every <var>z</var> becomes one <var>x</var>, asking which <var>x</var> fit the
              observation is the same as asking which <var>z</var> to start from. A second, small network answers: the{" "}
              <em>noise adapter</em> takes <var>y</var> and gives a Gaussian distribution of the noise, <var>q</var>(
              <var>z</var> | <var>y</var>).
            </p>
            <AdapterEquation />
            <p>
              But the flow map was trained without regard to <var>y</var>. The noise that leads to one column of the
              board does not form an ellipse, so no Gaussian fits it: some samples land where they should not, or some
              of the possible answers are missed.
            </p>
          </>
        }
      >
        <PosteriorPiece model="frozen" />
      </Lesson>
      <Lesson
        id="joint"
        title="4. Both learn together"
        text={
          <>
            <p>
              The cure is to train the flow map together with the adapter. Many maps from noise to data are equally
              good; joint training finds one for which the noise that fits a <var>y</var> <em>is</em> a Gaussian. The
              columns of the board, which <var>y</var> tells apart, become upright stripes in the plane of noise.
            </p>
            <JointEquation />
            <p>
              The first term is the flow map's own loss, which keeps its samples like the data. The second asks that
              samples fit <var>y</var>; here <var>A</var> takes the first coordinate. The third keeps <var>q</var> close
              to a standard Gaussian: without it, <var>q</var> could become so narrow that answers are lost. The number{" "}
              <var>τ</var> sets the weight of the first term. You can <a href={hashOf("train")}>train one yourself</a>.
            </p>
            <p>
              The models on this page were trained with a fourth term, a score that compares two samples with the true{" "}
              <var>x</var>. It rewards samples that spread as much as the posterior does.
            </p>
          </>
        }
      >
        <PosteriorPiece model="joint" />
      </Lesson>
      <Lesson
        id="calibration"
        title="5. Is it right?"
        text={
          <>
            <p>
              Samples that look good may still spread too little or too much. There is a test that needs no exact
              posterior: draw a truth, observe it, sample its posterior, and see where the truth ranks among the
              samples. Do this many times. If the sampler is correct, the truth cannot be told from the samples, every
              rank is equally likely, and the histogram of ranks is flat.
            </p>
            <p>
              A hump in the middle means that the samples spread too much, a bowl that they spread too little, a slope
              that they lie too far to one side. The other picture shows how often intervals of each level contain the
              truth: on the diagonal, an interval of 90 % contains 90 % of the truths. On this board the exact posterior
              is known; choose it to see what chance alone does.
            </p>
            <p>
              A flat histogram does not prove that a sampler is right: one that ignores <var>y</var> and draws from all
              data has a flat one, too.
            </p>
          </>
        }
      >
        <CalibrationPiece />
      </Lesson>
      <Lesson
        id="images"
        title="6. From two numbers to images"
        text={
          <>
            <p>
              None of this is limited to the plane. Here <var>x</var> is an image of 784 numbers, <var>y</var> the same
              image with a box cut out, and the flow map and adapter are larger networks, trained in more stages. Each
              sample is then corrected by a formula so that it agrees with <var>y</var>; this needs no further
              evaluation. Drag the box.
            </p>
            <p>
              The <a href={hashOf("posterior")}>Posterior page</a> has more problems, more models, and more to read from
              the samples.
            </p>
          </>
        }
      >
        <DigitsPiece />
      </Lesson>
    </div>
  );
}

/** What the page is waiting for, in a line of constant height. */
function Status() {
  return (
    <div class="status-line">
      {failure.value !== undefined ? (
        <Notice>
          {failure.value}{" "}
          {opened.value === undefined && (
            <button type="button" class="link" onClick={tryAgain}>
              Try again
            </button>
          )}
        </Notice>
      ) : (
        <p class="small">
          {opened.value === undefined
            ? "Loading two small networks …"
            : "The pictures of the board are computed in this page, by networks of about 12,000 parameters."}
        </p>
      )}
    </div>
  );
}
