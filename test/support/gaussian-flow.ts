import {
  add,
  div,
  hostArray,
  type HostArray,
  mul,
  type NDArray,
  perSample,
  sqrt,
  square,
  sub,
} from "../../src/array/index.js";

/**
 * The exact mean velocity of data x ~ N(m, s^2), every entry alike.
 *
 * x_t ~ N((1 - t) m, s_t^2) with s_t^2 = (1 - t)^2 s^2 + t^2, and its flow is x_r = (1 - r) m + s_r / s_t (x_t - (1 - t) m).
 * u = (x_t - x_r) / (t - r) is written without the division, so that it holds at r = t too.
 */
export function gaussianMeanVelocity(m: NDArray | number, s: NDArray | number) {
  return (x: NDArray, r: NDArray, t: NDArray): NDArray => {
    const variance = typeof s === "number" ? s * s : square(s);
    const deviation = (time: NDArray): NDArray => sqrt(add(mul(square(sub(1, time)), variance), square(time)));
    const slope = div(
      sub(add(t, r), mul(variance, sub(2, add(t, r)))),
      mul(deviation(t), add(deviation(t), deviation(r))),
    );
    return sub(mul(perSample(slope, x), sub(x, mul(perSample(sub(1, t), x), m))), m);
  };
}

/**
 * Four pairs of x = m +- s and z = +-1 with the moments of independent x ~ N(m, s^2) and z ~ N(0, 1) up to the third: the
 * mean over them of any quadratic of (x, z) is the exact expectation.
 */
export function gaussianPairs(m: number, s: number): { x: HostArray; z: HostArray } {
  return { x: hostArray([m - s, m - s, m + s, m + s], [4, 1]), z: hostArray([-1, 1, -1, 1], [4, 1]) };
}
