import { Matrix, solve } from "ml-matrix";
import { type LinearAdapter } from "./adapter.js";

/** The adapter with the least objective, by Newton's method from `start`. */
export function minimiseAdapter(objective: (adapter: LinearAdapter) => number, start: LinearAdapter): LinearAdapter {
  const { rows, columns } = start.gain;
  const adapterOf = (parameters: readonly number[]): LinearAdapter => ({
    gain: Matrix.from1DArray(rows, columns, parameters.slice(0, rows * columns)),
    logSigma: parameters.slice(rows * columns),
  });
  const first = [...start.gain.to1DArray(), ...start.logSigma];
  return adapterOf(minimise((parameters) => objective(adapterOf(parameters)), first));
}

/** Newton's method with central differences, for a few parameters. A step that does not descend is halved. */
function minimise(objective: (parameters: readonly number[]) => number, start: readonly number[]): number[] {
  const h = 1e-4;
  let point = [...start];
  const shifted = (steps: Readonly<Record<number, number>>): number =>
    objective(point.map((value, i) => value + (steps[i] ?? 0)));
  for (let round = 0; round < 50; round++) {
    const here = objective(point);
    const gradient = point.map((_, i) => (shifted({ [i]: h }) - shifted({ [i]: -h })) / (2 * h));
    if (Math.hypot(...gradient) < 1e-9) break;
    const curvature = point.map((_, i) =>
      point.map((__, j) => {
        if (i === j) return (shifted({ [i]: h }) - 2 * here + shifted({ [i]: -h })) / h ** 2;
        const mixed = [1, -1].flatMap((a) => [1, -1].map((b) => a * b * shifted({ [i]: a * h, [j]: b * h })));
        return mixed.reduce((sum, value) => sum + value, 0) / (4 * h ** 2);
      }),
    );
    const newton = solve(new Matrix(curvature), Matrix.columnVector(gradient)).to1DArray();
    // If the objective is not convex, Newton's step may ascend; then the step follows the gradient.
    const descends = newton.reduce((sum, value, i) => sum + value * gradient[i], 0) > 0;
    const direction = descends ? newton : gradient;
    let length = 1;
    const next = (): number[] => point.map((value, i) => value - length * direction[i]);
    while (objective(next()) > here && length > 1e-8) length /= 2;
    if (objective(next()) > here) break;
    point = next();
  }
  return point;
}
