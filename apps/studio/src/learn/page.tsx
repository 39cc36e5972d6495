import { useEffect } from "preact/hooks";
import { type PageProps } from "../app/pages.js";
import { hashOf } from "../app/route.js";
import { Notice } from "../ui/index.js";
import { CalibrationPiece } from "./calibration-piece.js";
import { DigitsPiece } from "./digits-piece.js";
import { AdapterEquation, JointEquation, JumpEquation } from "./equations.js";
import { FlowPiece, JumpPiece } from "./flow-piece.js";
import { Lesson } from "./lesson.js";
import { PosteriorPiece } from "./posterior-piece.js";
import { failure, follow, opened } from "./session.js";
import "../checkerboard/checkerboard.css";
import "./page.css";

/** What a variational flow map is, from noise to calibration, each step with something to play with. */
export function LearnPage(_: PageProps) {
  useEffect(follow, []);
  return (
    <div class="learn">
      <header class="intro">
        <h1>How it works</h1>
        <p>
          You have seen part of something, with noise, and want to know what the whole may be. There is seldom one
          answer. What you want is a sampler that draws all answers as often as they deserve, and quickly. Here is how a
          variational flow map does it in one evaluation of a network, on a problem small enough to see.
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
              plain noise <var>z</var>, a point of a round Gaussian, and moves it until it looks like data. One way is a
              network that gives a velocity for every place and time: it is trained so that a cloud of noise that
              follows it becomes the cloud of data. This is <em>flow matching</em>.
            </p>
            <p>
              Each point has the colour of the square that it arrives at. The second picture shows the same thing all at
              once: which noise ends on which square.
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
              Following a velocity takes many evaluations. A <em>flow map</em> learns where the way leads: a network{" "}
              <var>u</var> gives the mean velocity between two times, and one evaluation covers the whole way.
            </p>
            <JumpEquation />
            <p>Some points are blurred by the jump. That is the price of one evaluation instead of forty.</p>
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
              Now something is seen: the first coordinate of a point, with a little noise. Call it <var>y</var>. Since
              every <var>z</var> becomes one <var>x</var>, to ask what <var>x</var> may be is to ask which <var>z</var>{" "}
              to start from. A second, small network answers: the <em>noise adapter</em> takes <var>y</var> and gives a
              Gaussian of noise, <var>q</var>(<var>z</var> | <var>y</var>).
            </p>
            <AdapterEquation />
            <p>
              But the flow map was trained without a thought of <var>y</var>. The noise that leads to a column of the
              board is no ellipse, so no Gaussian fits it: the samples go where they should not, or leave out what they
              should not.
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
              The cure is to train the flow map along. It may send noise to data in many ways that are equally good;
              trained together, it chooses one in which the noise for a <var>y</var> <em>is</em> a Gaussian. The columns
              of the board, which <var>y</var> tells apart, become upright stripes of the plane of noise.
            </p>
            <JointEquation />
            <p>
              The first term keeps the flow map a flow map. The second asks that samples fit <var>y</var>, where{" "}
              <var>A</var> takes the first coordinate. The third keeps the adapter from choosing so narrow a noise that
              answers are lost. The number <var>τ</var> sets how much the first weighs. You can{" "}
              <a href={hashOf("train")}>train one yourself</a>.
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
              Samples that look good may still be too sure, or not sure enough. There is a test that needs no exact
              posterior: draw a truth, observe it, sample its posterior, and see where the truth ranks among the
              samples. If the sampler is right, truth and samples cannot be told apart, and every rank is equally
              likely. The histogram is flat.
            </p>
            <p>
              A hump in the middle is a sampler that is too unsure, a bowl one that is too sure, a slope one that leans
              to one side. The other picture counts how often an interval that should hold a share of the truths does:
              on the diagonal it keeps its word. On this board the exact posterior is known; it shows what chance alone
              does.
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
              Nothing of this needs the plane. Here <var>x</var> is an image of 784 numbers, <var>y</var> the same image
              with a box cut out, and the flow map and adapter are larger networks trained in the same way. Drag the
              box.
            </p>
            <p>
              The <a href={hashOf("posterior")}>Posterior page</a> has more problems, models and readings.
            </p>
          </>
        }
      >
        <DigitsPiece />
      </Lesson>
    </div>
  );
}

/** What the page waits for, in a line whose height does not change. */
function Status() {
  return (
    <div class="status-line">
      {failure.value !== undefined ? (
        <Notice kind="error">{failure.value}</Notice>
      ) : (
        <p class="small">
          {opened.value === undefined
            ? "Loading two small networks …"
            : "The pictures of the board are computed here as you go, by networks of about 12,000 numbers."}
        </p>
      )}
    </div>
  );
}
