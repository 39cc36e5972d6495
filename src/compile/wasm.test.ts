import { expect, it, vi } from "vitest";
import { add, convolve, matmul, type NDArray, randomSource, sum, transpose } from "../array/index.js";
import { compile } from "./compile.js";

vi.mock("../platform/node/native.js", () => ({
  loadNative: () => Promise.reject(Object.assign(new Error("Cannot find package"), { code: "ERR_MODULE_NOT_FOUND" })),
}));

it("runs on WebAssembly where the native engine is missing, and says so in one line", async () => {
  const written = vi.spyOn(process.stderr, "write").mockReturnValue(true);
  const random = randomSource(1, "wasm");
  // As many channels as the native engine's own convolution takes, and a product that the engine's own operator would
  // transpose.
  const examples = [
    [5, 7],
    [5, 9],
    [2, 32, 8, 8],
    [32, 32, 3, 3],
  ].map((shape) => random.normalArray(shape));
  const fn = (a: NDArray, b: NDArray, image: NDArray, kernel: NDArray) => ({
    product: matmul(transpose(a), b),
    total: add(sum(convolve(image, kernel)), 1),
  });
  const shapes = examples as [(typeof examples)[0], (typeof examples)[0], (typeof examples)[0], (typeof examples)[0]];
  const wasm = await compile(fn, shapes, { replicas: 2, reuseOutputs: true });
  const reference = await compile(fn, shapes, { backend: "jax" });
  try {
    const results = await Promise.all([wasm.run(...shapes), wasm.run(...shapes)]);
    const expected = await reference.run(...shapes);
    for (const { product, total } of results) {
      product.data.forEach((value, i) => expect(value).toBeCloseTo(expected.product.data[i], 4));
      expect(total.data[0]).toBeCloseTo(expected.total.data[0], 2);
    }
    expect(written.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/^onnxruntime-node is not installed: running on WebAssembly[^\n]*\n$/),
    ]);
  } finally {
    await Promise.all([wasm.dispose(), reference.dispose()]);
    written.mockRestore();
  }
});
