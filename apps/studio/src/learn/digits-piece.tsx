import { useEffect, useRef, useState } from "preact/hooks";
import { SampleGrid } from "../posterior/answers.js";
import { Truth } from "../posterior/drawing.js";
import { ObservationPicture } from "../posterior/observation.js";
import { failure, followView, loadFailure, shown, tryAgain } from "../posterior/session.js";
import { firstView, view } from "../posterior/view.js";
import { Notice } from "../ui/index.js";
import "../posterior/page.css";

/** A digit behind a box that can be dragged. The model is loaded once this piece is nearly scrolled into view. */
export function DigitsPiece() {
  const element = useRef<HTMLDivElement>(null);
  const [near, setNear] = useState(false);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new IntersectionObserver(([{ isIntersecting }]) => isIntersecting && setNear(true), {
      rootMargin: "200px",
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    if (!near) return undefined;
    // The text is about a digit behind a box, whatever the posterior page showed last.
    view.value = { ...firstView, engine: view.value.engine };
    return followView();
  }, [near]);
  const failed = loadFailure.value ?? failure.value;
  return (
    <div ref={element}>
      <div class="digits">
        <Truth />
        <ObservationPicture />
        <figure class="sixteen">
          <figcaption>
            Sixteen samples <span>one evaluation each</span>
          </figcaption>
          <SampleGrid summary={shown.value?.result} label="Posterior samples" />
        </figure>
      </div>
      {near && failed !== undefined && (
        <Notice>
          {failed}{" "}
          {loadFailure.value !== undefined && (
            <button type="button" class="link" onClick={tryAgain}>
              Try again
            </button>
          )}
        </Notice>
      )}
    </div>
  );
}
