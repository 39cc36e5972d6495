import { describe, expect, it } from "vitest";
import { add, convolve, hostArray, matmul, mul, type NDArray, reshape, type Tree } from "../array/index.js";
import { InputError, ShapeError } from "../errors.js";
import { compileWith } from "./compile.js";

// y = (x * kernel as a 1 x 1 convolution) W1 + b + x W0: leaves of different kinds, at every kind of branch.
const parameters = {
  layers: [{ weight: hostArray([1, 2, 3, 4], [2, 2]) }, { weight: hostArray([10, 20, 30, 40], [2, 2]) }],
  bias: hostArray([0.5, -0.5], [2]),
  kernel: hostArray([2], [1, 1, 1, 1]),
};
type Parameters = { layers: { weight: NDArray }[]; bias: NDArray; kernel: NDArray };

const apply = (tree: Tree<NDArray>, x: NDArray, scale: { factor: NDArray }): NDArray => {
  const { layers, bias, kernel } = tree as Parameters;
  const scaled = reshape(convolve(reshape(x, [1, 1, 1, 2]), kernel), [1, 2]);
  return mul(add(add(matmul(scaled, layers[1].weight), bias), matmul(x, layers[0].weight)), scale.factor);
};

describe.each(["onnx", "jax"] as const)("parameters that never change, on %s", (backend) => {
  it.each([
    ["constants of the graph", {}],
    ["held by the caller", { largestConstant: 10 }],
  ])("as %s", async (_, options) => {
    const x = hostArray([1, 1], [1, 2]);
    const factor = hostArray([2], []);
    const { run, dispose, bytes } = await compileWith(parameters, apply, [x, { factor }], { backend, ...options });
    // The eleven numbers, and constants of the graph such as shapes.
    expect(bytes).toBeGreaterThanOrEqual(11 * 4);
    expect(bytes).toBeLessThan(11 * 4 + 200);
    // Twice, because the first run must not consume them.
    for (let i = 0; i < 2; i++) expect([...(await run(x, { factor })).data]).toEqual([169, 251]);
    await expect(run(hostArray([1], [1, 1]), { factor })).rejects.toThrow(/argument/);
    await dispose();
  });
});

it("hands large constants over as they are", async () => {
  // 1.2 MB: large enough not to be copied into the model file.
  const [rows, columns] = [500, 600];
  const entries = Float32Array.from({ length: rows * columns }, (_, i) => ((7 * i) % 11) - 5);
  const factors = Float32Array.from({ length: rows }, (_, i) => (i % 3) - 1);
  const x = hostArray(factors, [1, rows]);
  const { run, dispose } = await compileWith(
    { weight: hostArray(entries, [rows, columns]) },
    (tree, x: NDArray) => matmul(x, (tree as Record<"weight", NDArray>).weight),
    [x],
  );
  const expected = Array.from({ length: columns }, (_, column) =>
    factors.reduce((sum, value, row) => sum + value * entries[row * columns + column], 0),
  );
  for (let i = 0; i < 2; i++) expect([...(await run(x)).data]).toEqual(expected);
  await dispose();
});

it.each([
  ["thread", { thread: 3 }],
  ["backend", { backend: "zzz" }],
  ["largestConstant", { largestConstant: -1 }],
  ["replicas", { replicas: 0.5 }],
])("refuses a wrong option %s", async (name, options) => {
  const x = hostArray([1, 1], [1, 2]);
  const compiling = compileWith(parameters, apply, [x, { factor: hostArray([2], []) }], options as never);
  await expect(compiling).rejects.toThrow(InputError);
  await expect(compiling).rejects.toThrow(new RegExp(`compileWith: .*${name}`));
});

it("refuses parameters that do not fill their shape, by name", async () => {
  const wrong = { layers: [{ weight: { shape: [2, 2], data: new Float32Array(3) } }] };
  const compiling = compileWith(wrong, (_, x: NDArray) => x, [hostArray([1], [1])]);
  await expect(compiling).rejects.toThrow(ShapeError);
  await expect(compiling).rejects.toThrow(/layers\.0\.weight, float32 \[2, 2\], needs 4 values/);
});
