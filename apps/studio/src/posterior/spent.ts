const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

/** What samples took: evaluations of the network for each, and the clock for all of them. */
export function spent(evaluations: number, milliseconds: number): string {
  return `${evaluations === 1 ? "1 evaluation" : `${evaluations} evaluations`}, ${duration(milliseconds)}`;
}
