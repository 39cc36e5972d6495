import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { describe, expect, it } from "vitest";
import { hostArray, matmul, type NDArray, reshape, randomSource, transpose } from "../array/index.js";
import { evaluate } from "../../test/support/evaluate.js";
import { squaredNorm } from "./observation.js";

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
});
