import { useEffect, useMemo, useState } from "preact/hooks";
import { DataPlane, LatentPlane } from "../checkerboard/index.js";
import { Slider } from "../ui/index.js";
import { opened } from "./session.js";

/** Milliseconds of the animation from noise to data. */
const way = 2500;

/** Points on their way from noise to the board, and where each place of the noise is sent. */
export function FlowPiece() {
  const { paths, landing } = opened.value ?? {};
  const last = (paths?.places.length ?? 41) - 1;
  const [place, setPlace] = useState(0);
  const [playing, setPlaying] = useState(false);
  useEffect(() => {
    if (!playing) return;
    const began = performance.now();
    let frame = requestAnimationFrame(function step(now) {
      const share = Math.min(1, (now - began) / way);
      setPlace(Math.round(share * last));
      if (share < 1) frame = requestAnimationFrame(step);
      else setPlaying(false);
    });
    return () => cancelAnimationFrame(frame);
  }, [playing, last]);
  const play = (): void => {
    // A reader who prefers reduced motion sees the end at once.
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) setPlace(place === last ? 0 : last);
    else setPlaying(true);
  };
  const time = 1 - place / last;
  const label = `400 points on their way from noise to the board, at time ${time.toFixed(2)}`;
  return (
    <>
      <div class="pair">
        <figure>
          <figcaption>Points on their way</figcaption>
          <DataPlane label={label} points={paths?.places[place]} squaresOfPoints={paths?.squares} />
        </figure>
        <figure>
          <figcaption>Where each place of noise is sent</figcaption>
          <LatentPlane label="The plane of noise" landing={landing?.frozen} />
        </figure>
      </div>
      <div class="play">
        <button type="button" class="primary" disabled={paths === undefined || playing} onClick={play}>
          Let it flow
        </button>
        <Slider
          label={
            <>
              Time <var>t</var>, from noise to data
            </>
          }
          value={place}
          min={0}
          max={last}
          step={1}
          format={() => time.toFixed(2)}
          onInput={(value) => {
            setPlaying(false);
            setPlace(value);
          }}
        />
      </div>
    </>
  );
}

/** The same noise in many steps, and in one jump. */
export function JumpPiece() {
  const { paths, jumped } = opened.value ?? {};
  const end = useMemo(() => paths?.places.at(-1), [paths]);
  return (
    <div class="pair">
      <figure>
        <figcaption>Forty steps along the velocity</figcaption>
        <DataPlane label="400 points after forty steps" points={end} squaresOfPoints={paths?.squares} />
      </figure>
      <figure>
        <figcaption>One jump</figcaption>
        <DataPlane label="The same 400 points after one jump" points={jumped} squaresOfPoints={paths?.squares} />
      </figure>
    </div>
  );
}
