/**
 * Pairs of data points and noise: x is paired with the adapter's Gaussian noise with probability alpha, otherwise with
 * N(0, I).
 */
export interface Coupling {
  /** x, [n, 2]. */
  data: Float32Array;
  /** The adapter's mean for an observation of each x, [n, 2]. */
  mean: Float32Array;
  /** The adapter's standard deviations, [n, 2]. */
  deviation: Float32Array;
  alpha: number;
}

/** Pairs farther away than this, in standard deviations, are ignored. */
const farthest = 6;

/**
 * E[z - x | x_t] of a coupling, in closed form over its data: the velocity that flow matching would learn from it
 * without any error. (Lipman et al. 2023, "Flow matching for generative modeling", theorem 1.)
 *
 * @param x the first and the second coordinate of x_t
 * @param t above 0
 * @returns the velocity's coordinates; 0 if no pair is near
 */
export function couplingVelocity(
  { data, mean, deviation, alpha }: Coupling,
  [x1, x2]: readonly [number, number],
  t: number,
): [number, number] {
  let [total, v1, v2] = [0, 0, 0];
  const count = (i: number, share: number, m1: number, m2: number, s1: number, s2: number): void => {
    const e1 = (x1 - (1 - t) * data[i] - t * m1) / (t * s1);
    const e2 = (x2 - (1 - t) * data[i + 1] - t * m2) / (t * s2);
    if (Math.abs(e1) > farthest || Math.abs(e2) > farthest) return;
    const weight = (share / (s1 * s2)) * Math.exp(-(e1 * e1 + e2 * e2) / 2);
    total += weight;
    v1 += weight * (m1 + s1 * e1 - data[i]);
    v2 += weight * (m2 + s2 * e2 - data[i + 1]);
  };
  for (let i = 0; i < data.length; i += 2) {
    if (alpha > 0) count(i, alpha, mean[i], mean[i + 1], deviation[i], deviation[i + 1]);
    if (alpha < 1) count(i, 1 - alpha, 0, 0, 1, 1);
  }
  return total > 0 ? [v1 / total, v2 / total] : [0, 0];
}

const steps = 16;
/** The time at which the integration ends: closer to the data, the flow of finitely many points collapses onto them. */
const lastTime = 0.03;

/**
 * Transports noise to data along a coupling's exact velocity: 16 steps of Heun's method (order 2) from t = 1 to 0.03,
 * then one step of Euler's method.
 *
 * @param z [n, 2]
 * @returns x, [n, 2]
 */
export function flowOfCoupling(coupling: Coupling, z: Float32Array): Float32Array {
  const times = Array.from({ length: steps + 1 }, (_, k) => 1 - ((1 - lastTime) * k) / steps);
  const moved = (x: readonly [number, number], v: readonly [number, number], h: number): [number, number] => [
    x[0] - h * v[0],
    x[1] - h * v[1],
  ];
  const result = new Float32Array(z.length);
  for (let i = 0; i < z.length; i += 2) {
    let x: [number, number] = [z[i], z[i + 1]];
    for (let k = 0; k < steps; k++) {
      const [t, r] = [times[k], times[k + 1]];
      const first = couplingVelocity(coupling, x, t);
      const second = couplingVelocity(coupling, moved(x, first, t - r), r);
      x = moved(moved(x, first, (t - r) / 2), second, (t - r) / 2);
    }
    result.set(moved(x, couplingVelocity(coupling, x, lastTime), lastTime), i);
  }
  return result;
}
