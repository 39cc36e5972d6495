const duration = (milliseconds: number): string =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(1)} s`;

/** The cost of samples: evaluations of the network for each, and the time for all of them, where it is known. */
export function spent(evaluations: number, milliseconds: number | undefined): string {
  const counted = evaluations === 1 ? "1 evaluation" : `${evaluations} evaluations`;
  return milliseconds === undefined ? counted : `${counted}, ${duration(milliseconds)}`;
}
