import { randomSource } from "../../src/array/index.js";

/** The paths of random numbers that training, observation and sampling use, each with a seed. */
const paths: readonly [seed: number, ...path: (string | number)[]][] = [
  [0, "initialise", "flowMap"],
  [0, "initialise", "adapter"],
  [7, "stage", 0, "epoch", 0],
  [7, "stage", 1, "step", 12],
  [7, "stage", 1, "latents", 12],
  [7, "principal axes"],
  [7, "checkerboard"],
  [3, "parameters", "inpaint-box"],
  [3, "noise", "motion-blur"],
  [5, "posterior"],
  [5, "prior"],
  [5, "fresh", 2],
  [5, "residual"],
  [5, "observation noise"],
  [2 ** 31, "images"],
];

/** What each path's source draws first: two numbers of each kind. */
export function goldenSeeds(): Record<string, number[]> {
  return Object.fromEntries(
    paths.map(([seed, ...path]) => {
      const random = randomSource(seed, ...path);
      const drawn = [
        [random.uniform(), random.uniform()],
        [random.normal(), random.normal()],
        [random.integer(2 ** 20), random.integer(2 ** 20)],
        random.normalArray([2]).data,
        random.uniformArray([2]).data,
        random.permutation(100).subarray(0, 2),
      ];
      return [[seed, ...path].join("/"), drawn.flatMap((values) => [...values])];
    }),
  );
}
