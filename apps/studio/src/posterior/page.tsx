/** Sampling a posterior live: an observation that can be dragged, and all that it may have been. */
export function PosteriorPage() {
  return <h1>What may it have been?</h1>;
}
