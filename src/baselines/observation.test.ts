import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { add, hostArray, matmul, mul, type NDArray, randomSource, reshape, sub, transpose } from "../array/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { imageProblem, observe } from "../operators/index.js";
import { dampedPseudoinverse, squaredNorm, tracedObservation } from "./observation.js";

describe("the squared norm of an operator", () => {
  it("is the largest squared singular value, of operators with weights of one sign", async () => {
    const random = randomSource(1);
    const weights = random.uniformArray([3, 4]);
    const images = hostArray(new Float32Array(8), [2, 1, 2, 2]);
    const norms = await evaluate(
      (matrix: NDArray, aty: NDArray) =>
        squaredNorm({
          aty,
          predict: (x) => matmul(reshape(x, [2, 4]), transpose(matrix)),
          adjoint: (w) => reshape(matmul(w, matrix), [2, 1, 2, 2]),
        }),
      [weights, images],
    );
    const [largest] = new SingularValueDecomposition(Matrix.from1DArray(3, 4, Array.from(weights.data))).diagonal;
    expect(norms.shape).toEqual([2, 1, 1, 1]);
    for (const norm of norms.data) expect(norm / largest ** 2).toBeCloseTo(1, 3);
  });

  it("is found where A maps ones to 0, and is not 0 where A is", async () => {
    // Differences along an axis of three pixels: A^T A has the eigenvalues 0, 1 and 3.
    const differences = hostArray([1, -1, 0, 0, 1, -1], [2, 3]);
    for (const [factor, wanted] of [
      [1, 3],
      [0, 1e-30],
    ]) {
      const norms = await evaluate(
        (matrix: NDArray, aty: NDArray) =>
          squaredNorm({
            aty,
            predict: (x) => mul(matmul(reshape(x, [1, 3]), transpose(matrix)), factor),
            adjoint: (w) => mul(reshape(matmul(w, matrix), [1, 1, 1, 3]), factor),
          }),
        [differences, hostArray(new Float32Array(3), [1, 1, 1, 3])],
      );
      expect(norms.data[0] / wanted).toBeCloseTo(1, 2);
    }
  });
});

describe("the damped pseudoinverse", () => {
  // h = A^T (s A A^T + sigma^2 I)^-1 y is the only solution of (s A^T A + sigma^2 I) h = A^T y.
  it.each(["denoise", "inpaint-random", "super-resolution", "gaussian-blur", "motion-blur"] as const)(
    "solves its system in eight iterations: %s",
    async (name) => {
      const problem = imageProblem(name, { sigma: 0.1 });
      const images = randomSource(3).uniformArray([2, 1, 28, 28]);
      const { y, transposed, parameters } = await observe(problem, images, { seed: 4 });
      const [errors, right] = await evaluate(
        (values: NDArray, aty: NDArray, drawn: Record<string, NDArray>, scale: NDArray) => {
          const traced = { y: values, aty, problem: values, parameters: drawn };
          const observation = tracedObservation(problem.observation, traced);
          const h = dampedPseudoinverse(observation, scale, values, 8);
          const wanted = observation.adjoint(values);
          const left = add(mul(observation.adjoint(observation.predict(h)), scale), mul(h, observation.sigma ** 2));
          return [sub(left, wanted), wanted];
        },
        [y, transposed, parameters, hostArray([1], [])],
        "onnx",
      );
      const norm = ({ data }: { data: ArrayLike<number> }) => Math.hypot(...Array.from(data));
      expect(norm(errors) / norm(right)).toBeLessThan(0.02);
    },
  );
});
