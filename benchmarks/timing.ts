import { type NDArray, matmul, randomSource } from "../src/array/index.js";
import { compile } from "../src/compile/index.js";

/**
 * Milliseconds of the fastest of `runs` runs, the one that other processes disturbed least. One uncounted run comes
 * first.
 */
export async function fastestMilliseconds(run: () => Promise<unknown>, runs: number): Promise<number> {
  await run();
  let fastest = Infinity;
  for (let i = 0; i < runs; i++) {
    const start = performance.now();
    await run();
    fastest = Math.min(fastest, performance.now() - start);
  }
  return fastest;
}

/** The rows, inner length and columns of matrix products, and the number of them in one graph's chain. */
const products = [
  { rows: 2048, width: 512, count: 20 },
  { rows: 1536, width: 512, count: 20 },
  { rows: 2048, width: 1024, count: 5 },
];

/**
 * The best rate of matrix products in GFLOP/s that this machine currently reaches: chains of products x w w' w ... in
 * one graph on the onnx engine.
 */
export async function measureProductRate(): Promise<number> {
  let best = 0;
  for (const { rows, width, count } of products) {
    const random = randomSource(1, "product", rows, width);
    const x = random.normalArray([rows, width]);
    const weights = Array.from({ length: count }, () => random.normalArray([width, width]));
    const chain = await compile(
      (y: NDArray, ws: NDArray[]) => ws.reduce((product, w) => matmul(product, w), y),
      [x, weights],
      { reuseOutputs: true },
    );
    const milliseconds = await fastestMilliseconds(() => chain.run(x, weights), 5);
    await chain.dispose();
    best = Math.max(best, (2 * rows * width * width * count) / milliseconds / 1e6);
  }
  return best;
}
